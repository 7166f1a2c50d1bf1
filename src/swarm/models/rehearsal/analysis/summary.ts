import { eventColumns, summable } from './choose-chart.ts'
import { capitalised, formatAmount, formatCount, formatShare, listed, plural, safe } from './prose.ts'
import type { Profile, TableProfile } from './schema.ts'

/** One sentence on what the file is, safe for Markdown. */
export function summaryOf(profile: Profile): string {
  switch (profile.kind) {
    case 'table':
      return tableSummary(profile)
    case 'json':
      if (profile.error) return 'This file is not valid JSON, so nothing was computed from it.'
      if (profile.table) {
        const place = profile.tableAt === '$' ? '' : ` under ${safe(profile.tableAt ?? '')}`
        return `A JSON file with a list of records${place}: ${tableSummary(profile.table)}`
      }
      return `A JSON ${profile.root} with ${plural(profile.keyCount, 'key')}, ${plural(profile.depth, 'level')} deep.`
    case 'text':
      return capitalised(
        `${listed([
          plural(profile.words, 'word'),
          ...(profile.headingCount > 0 ? [plural(profile.headingCount, 'heading')] : []),
          `${plural(profile.todos.openCount, 'open to-do')}`,
        ])} in ${plural(profile.lines, 'line')}.`,
      )
    case 'code':
      return `${profile.language}: ${plural(profile.lines.code, 'line')} of code, ${plural(profile.lines.comment, 'line')} of comment, ${plural(profile.nameCount, 'name')} defined.`
    case 'opaque':
      return `This is ${safe(profile.what)}, ${plural(profile.bytes, 'byte')} as received; the rehearsal model cannot read it.`
    default:
      return profile satisfies never
  }
}

function tableSummary(table: TableProfile): string {
  const size = `${plural(table.rows, 'row')} in ${plural(table.columns.length, 'column')}`
  if (table.rows === 0) return `${size}: there is nothing to compute.`
  const measure = summable(table)[0]
  const sum =
    measure?.numbers &&
    `${safe(measure.name)} adds up to ${formatAmount(measure.numbers.sum, measure.numbers.unit)}`
  const event = eventColumns(table)[0]
  const happened =
    event &&
    `${safe(event.name)} is filled in ${formatCount(event.filled)} of them (${formatShare(event.filled, table.rows)})`
  const dated = table.columns.find(({ dates, missing }) => dates && missing === 0)
  const range =
    dated?.dates && `${safe(dated.name)} runs from ${dated.dates.earliest} to ${dated.dates.latest}`
  const facts = [happened, sum, range].filter((fact) => fact !== undefined)
  return `${[size, ...facts].join('; ')}.`
}
