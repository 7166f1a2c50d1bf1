import { type Found, found, type Request } from './answer.ts'
import { aboutColumn, duplicates, gaps } from './answer-column.ts'
import { answerByGroup } from './answer-groups.ts'
import { listed, plural, safe } from './prose.ts'
import { type ColumnMatch, columnsIn, groupIn, labelIn } from './question-match.ts'
import type { Asked } from './question-words.ts'
import type { ColumnProfile, TableProfile } from './schema.ts'

export function answerFromTable(asked: Asked, table: TableProfile): Found | undefined {
  const { operations } = asked
  const grouping = groupIn(asked, table)
  const group = grouping?.group
  const label = group ? undefined : labelIn(asked, table)
  const named = columnsIn(asked, table).filter(({ column }) => column.name !== label?.group.by)
  const others = named.filter(({ column }) => column.name !== group?.by)
  // "Cancellations per month" counts the days it groups by; "revenue per month" does not.
  const matches =
    group?.grain === 'month' && others.every(({ column }) => column.role === 'id') ? named : others
  const target = targetOf(asked, matches, group !== undefined)
  const request: Request = { asked, table, ...target, ...(label ? { label } : {}) }
  if (!table.complete) request.doubts.push(`Only the beginning of ${safe(table.path)} was read.`)
  request.doubts.push(...(grouping?.doubts ?? []))
  if (operations.has('missing') && !request.target && !group) return gaps(request)
  if (operations.has('columns'))
    return found(
      request,
      `${safe(table.path)} has ${plural(table.columns.length, 'column')}: ${listed(table.columns.slice(0, 40).map(({ name }) => safe(name)))}.`,
      'its header',
    )
  if (group) return answerByGroup(request, group)
  if (operations.has('duplicate')) return duplicates(request)
  if (request.target) return aboutColumn(request, request.target)
  if (label)
    return found(
      request,
      `${safe(table.path)} has ${plural(label.group.rows[label.at] ?? 0, 'row')} where ${safe(label.group.by)} is ${safe(label.label, 40)}.`,
      safe(label.group.by),
      String(label.group.rows[label.at] ?? 0),
    )
  const asksForRows = /\b(?:rows?|records?|lines|entries)\b/.test(asked.text)
  if (operations.has('count') && asksForRows)
    return found(
      request,
      `${safe(table.path)} has ${plural(table.rows, 'row')}.`,
      'its rows',
      String(table.rows),
    )
  return undefined
}

/** The best match; a second one as good is said aloud rather than passed over. */
function targetOf(
  asked: Asked,
  matches: readonly ColumnMatch[],
  grouped: boolean,
): Partial<Request> & { doubts: string[] } {
  const numeric = ['sum', 'mean', 'median'].some((one) => asked.operations.has(one as 'sum'))
  const events = (column: ColumnProfile) => (column.role === 'id' ? 0 : column.missing > 0 ? 2 : 1)
  const sorted = matches.toSorted((a, b) => {
    if (numeric && (a.column.numbers !== undefined) !== (b.column.numbers !== undefined))
      return a.column.numbers ? -1 : 1
    return b.share - a.share || (asked.operations.has('count') ? events(b.column) - events(a.column) : 0)
  })
  const best = notTheThing(asked, sorted)
  if (!best) return { doubts: [] }
  for (const { words, column } of matches) {
    if (column === best.column || column.role === 'id' || words.every((word) => best.words.includes(word)))
      for (const word of words) asked.used.add(word)
  }
  const rival = sorted.find(
    (one) => one !== best && one.share === best.share && one.words.join() === best.words.join(),
  )
  return {
    target: best.column,
    doubts: rival && !grouped ? [`It could also mean ${safe(rival.column.name)}.`] : [],
  }
}

/** In "how many customers cancelled" the customers are the rows, and the question is about the cancelling. */
function notTheThing(asked: Asked, sorted: readonly ColumnMatch[]): ColumnMatch | undefined {
  const [first, ...others] = sorted
  if (first?.column.role !== 'id' || asked.operations.has('distinct') || asked.operations.has('missing'))
    return first
  return others.find(({ column }) => column.role !== 'id') ?? first
}
