import { canaryOf } from './canaries.ts'
import { type Holding, noPast, type Past } from './expected.ts'

/** What was written and done, as it is told to the model. */
export interface Recorder {
  past: Past
  /** How many canaries there are by now. */
  count(): number
  /** A fresh canary that stands in these places. One without a place must be found nowhere. */
  canary(...holdings: readonly Holding[]): string
  /** The same canary stands somewhere else, too. */
  also(canary: string, holding: Holding): void
}

export function createRecorder(): Recorder {
  const past = noPast()
  let count = 0
  const also = (canary: string, holding: Holding) => {
    const held = past.holdings.get(canary) ?? []
    past.holdings.set(canary, [...held, holding])
  }
  return {
    past,
    count: () => count,
    also,
    canary(...holdings) {
      count += 1
      const canary = canaryOf(count)
      past.holdings.set(canary, [])
      for (const holding of holdings) also(canary, holding)
      return canary
    },
  }
}

/** Something refers to a person or a thread, for as long as it is kept. */
export function use(past: Past, subjectId: string | undefined, holding: Holding): void {
  if (subjectId === undefined) return
  const uses = past.uses.get(subjectId)
  if (uses) uses.push(holding)
  else past.uses.set(subjectId, [holding])
}
