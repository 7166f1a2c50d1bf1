import type { ProcessorName } from '../../core/processors.ts'
import { type Category, categories, type Keeps, type PolicyRow } from '../policy/rows.ts'
import { policy } from '../policy.ts'

/** What the page, the data map and the notices say, derived from the table and from what the code can reach. */
export interface Reach {
  reachable: readonly ProcessorName[]
  connected: readonly ProcessorName[]
}

export interface MapLine {
  category: Category
  /** `table messages`, `objects dumps/`. */
  where: string
  purpose: string
  kept: string
  eraser: string
  exception: string | undefined
}

/** Everything that is kept, in the order of the categories. */
export function dataMap(): MapLine[] {
  const rows: [string, PolicyRow][] = [
    ...Object.entries(policy.tables).map(([key, row]): [string, PolicyRow] => [`table ${key}`, row]),
    ...Object.entries(policy.places).map(([name, row]): [string, PolicyRow] => [name.replace(':', ' '), row]),
  ]
  const lines = rows.map(([where, { category, eraser, exception, keeps, purpose }]) => {
    return { category, where, purpose, kept: keptInWords(keeps), eraser, exception }
  })
  return categories.flatMap((category) => lines.filter((line) => line.category === category))
}

export function keptInWords(keeps: Keeps): string {
  switch (keeps.rule) {
    case 'age':
      return keeps.days === 1 ? 'a day' : `${keeps.days} days`
    case 'with':
      return `${keeps.days} days at most, and no longer than what it belongs to`
    case 'star':
      return `${keeps.days} days, or until you take its star away`
    case 'cited':
      return `as long as something that is kept refers to it`
    case 'waiting':
      return `while it is waited for, ${keeps.days === 1 ? 'a day' : `${keeps.days} days`} at most`
    case 'account':
      return 'until you remove it or delete your account'
    case 'receipt':
      return 'without an end'
    case 'memory':
      return `${keeps.minutes} minutes`
    default:
      return keeps satisfies never
  }
}

/** Who gets data: those that this code can reach, each with whether this Loom is connected to them. */
export function processorLines({ connected, reachable }: Reach) {
  return reachable.map((key) => ({ ...policy.processors[key], connected: connected.includes(key) }))
}
