import { eventColumns, mainGroups, summable } from './choose-chart.ts'
import { meanOf } from './exact.ts'
import { formatAmount, formatCount, formatMean, formatShare, markdownTable, plural, safe } from './prose.ts'
import type { ColumnProfile, GroupProfile, TableProfile } from './schema.ts'

const MOST_COLUMNS = 40
const MOST_GROUPS = 3
const MOST_SUMS = 3

export function tableSections(table: TableProfile): string[] {
  if (table.columns.length === 0) return []
  return [...columnsSection(table), ...figuresSection(table), ...groupSections(table)]
}

function columnsSection({ columns, rows }: TableProfile): string[] {
  const lines = columns
    .slice(0, MOST_COLUMNS)
    .map((column) => [
      safe(column.name),
      column.type,
      formatCount(column.filled),
      column.missing === 0 ? '0' : `${formatCount(column.missing)} (${formatShare(column.missing, rows)})`,
      formatCount(column.distinct),
      usualOf(column),
    ])
  const rest = columns.length - MOST_COLUMNS
  return [
    '## Columns',
    markdownTable(['column', 'type', 'filled', 'gaps', 'different', 'range or most common'], lines),
    ...(rest > 0 ? [`${plural(rest, 'more column')} not shown.`] : []),
  ]
}

function usualOf({ numbers, dates, top, role }: ColumnProfile): string {
  if (numbers)
    return `${formatAmount(numbers.min, numbers.unit)} to ${formatAmount(numbers.max, numbers.unit)}`
  if (dates) return `${dates.earliest} to ${dates.latest}`
  const first = top[0]
  if (!first) return ''
  return role === 'id' && first.count === 1
    ? 'one of each'
    : `${safe(first.value, 40)} (${formatCount(first.count)})`
}

function figuresSection({ columns }: TableProfile): string[] {
  const measures = columns.filter(({ role, numbers }) => role === 'measure' && numbers).slice(0, MOST_COLUMNS)
  if (measures.length === 0) return []
  const lines = measures.map(({ name, type, numbers }) => {
    const amount = (value: string | undefined) =>
      value === undefined ? '' : formatAmount(value, numbers?.unit)
    const sum = type === 'percent' ? '–' : amount(numbers?.sum)
    return [
      safe(name),
      sum,
      numbers ? formatMean(numbers.mean, numbers.unit, numbers.sum) : '',
      amount(numbers?.median),
      amount(numbers?.min),
      amount(numbers?.max),
    ]
  })
  return ['## Key figures', markdownTable(['column', 'sum', 'mean', 'median', 'lowest', 'highest'], lines)]
}

function groupSections(table: TableProfile): string[] {
  const months = table.groups.filter(({ grain }) => grain === 'month').slice(0, 1)
  return [...mainGroups(table).slice(0, MOST_GROUPS), ...months].flatMap((group) =>
    groupSection(table, group),
  )
}

function groupSection(table: TableProfile, group: GroupProfile): string[] {
  const measures = summable(table)
    .map(({ name, numbers }) => ({
      name,
      unit: numbers?.unit,
      cells: group.sums.find(({ column }) => column === name),
    }))
    .filter(({ cells }) => cells)
    .slice(0, MOST_SUMS)
  const events = eventColumns(table)
    .map(({ name }) => ({ name, counts: group.filled.find(({ column }) => column === name)?.counts }))
    .filter(({ counts }) => counts)
    .slice(0, MOST_SUMS)
  const head = [
    group.grain === 'month' ? 'month' : safe(group.by),
    'rows',
    ...events.map(({ name }) => `with ${safe(name)}`),
    ...measures.flatMap(({ name }) => [`sum of ${safe(name)}`, `mean of ${safe(name)}`]),
  ]
  const lines = group.labels.map((label, index) => {
    const rows = group.rows[index] ?? 0
    return [
      label === null ? '(none)' : safe(label, 40),
      formatCount(rows),
      ...events.map(
        ({ counts }) => `${formatCount(counts?.[index] ?? 0)} (${formatShare(counts?.[index] ?? 0, rows)})`,
      ),
      ...measures.flatMap(({ cells, unit }) => {
        const count = cells?.counts[index] ?? 0
        const sum = cells?.sums[index] ?? '0'
        return [formatAmount(sum, unit), count === 0 ? '–' : formatMean(meanOf(sum, count), unit, sum)]
      }),
    ]
  })
  const title = group.grain === 'month' ? `## By month of ${safe(group.by)}` : `## By ${safe(group.by)}`
  return [title, markdownTable(head, lines)]
}
