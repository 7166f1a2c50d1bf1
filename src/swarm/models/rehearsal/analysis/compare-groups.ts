import { mainGroups, summable } from './choose-chart.ts'
import { changeCell, columnNamed, type Part, sameName, sharedEvents } from './compare-shared.ts'
import { compare, subtract } from './exact.ts'
import { capitalised, formatAmount, markdownTable, safe } from './prose.ts'
import type { ColumnProfile, GroupProfile, TableProfile } from './schema.ts'

const MOST_TABLES_SHOWN = 6

type Series = { by: string; what: string; unit?: string; labels: (string | null)[]; values: string[][] }

/** How the groups that all tables have changed: rows with an event first, then sums. */
export function groupChanges(tables: readonly TableProfile[]): Part {
  const series = tables[0] ? mainGroups(tables[0]).flatMap((group) => seriesOf(group, tables)) : []
  const shown = series.slice(0, MOST_TABLES_SHOWN)
  const sections = shown.flatMap((one) => [
    `## ${capitalised(one.what)}, by ${safe(one.by)}`,
    markdownTable(
      [safe(one.by), ...tables.map(({ path }) => safe(path, 40)), 'change, first to last'],
      one.labels.map((label, row) => [
        label === null ? '(none)' : safe(label, 40),
        ...(one.values[row] ?? []).map((value) => formatAmount(value, one.unit)),
        changeCell(one.values[row]?.[0], one.values[row]?.at(-1), one.unit),
      ]),
    ),
  ])
  return { sections, highlights: shown.slice(0, 1).flatMap((one) => largestStep(one, tables)) }
}

function seriesOf(group: GroupProfile, tables: readonly TableProfile[]): Series[] {
  const groups = tables.map((table) =>
    table.groups.find(({ by, grain }) => grain === group.grain && sameName(by, group.by)),
  )
  if (groups.some((one) => one === undefined)) return []
  const found = groups.filter((one) => one !== undefined)
  const labels = [...new Set(found.flatMap((one) => one.labels))]
  const events = sharedEvents(tables, tables[0]?.columns.map(({ name }) => name) ?? []).filter(
    (name) => tables.every((table) => columnNamed(table, name)) && !sameName(name, group.by),
  )
  const rows = {
    by: group.by,
    what: 'rows',
    labels,
    values: valuesOf(found, labels, (one, at) => String(one.rows[at] ?? 0)),
  }
  const counts = events.flatMap((name) => {
    const columns = tables.map((table) => columnNamed(table, name))
    const tallied = columns.every(
      (column, at) => column && found[at] && filledIn(found[at], 0, column) !== undefined,
    )
    if (!tallied) return []
    const values = valuesOf(found, labels, (one, at, table) => {
      const column = columns[table]
      return String((column && filledIn(one, at, column)) ?? 0)
    })
    return [{ by: group.by, what: `rows with ${safe(name)}`, labels, values }]
  })
  const sums = tables[0]
    ? summable(tables[0]).flatMap(({ name, numbers }) =>
        sumSeries(group, found, labels, tables, name, numbers?.unit),
      )
    : []
  return counts.length > 0 || sums.length > 0 ? [...counts, ...sums] : [rows]
}

/** How many rows of a group have the column filled; nothing when it was not counted for this group. */
export function filledIn(group: GroupProfile, at: number, column: ColumnProfile): number | undefined {
  const tally = group.filled.find((one) => one.column === column.name)
  if (tally) return tally.counts[at] ?? 0
  // Columns without gaps and without values are not tallied.
  if (column.missing === 0) return group.rows[at] ?? 0
  return column.filled === 0 ? 0 : undefined
}

function sumSeries(
  group: GroupProfile,
  found: readonly GroupProfile[],
  labels: (string | null)[],
  tables: readonly TableProfile[],
  name: string,
  unit: string | undefined,
): Series[] {
  const inAll = found.every((one) => one.sums.some(({ column }) => sameName(column, name)))
  const oneUnit = tables.every((table) => columnNamed(table, name)?.numbers?.unit === unit)
  if (!inAll || !oneUnit) return []
  const values = valuesOf(
    found,
    labels,
    (one, at) => one.sums.find(({ column }) => sameName(column, name))?.sums[at] ?? '0',
  )
  return [
    { by: group.by, what: `sum of ${safe(name)}`, ...(unit === undefined ? {} : { unit }), labels, values },
  ]
}

function valuesOf(
  groups: readonly GroupProfile[],
  labels: readonly (string | null)[],
  read: (group: GroupProfile, at: number, table: number) => string,
): string[][] {
  return labels.map((label) =>
    groups.map((group, table) => {
      const at = group.labels.indexOf(label)
      return at < 0 ? '0' : read(group, at, table)
    }),
  )
}

/** The largest change from one table to the next, as a sentence. */
function largestStep({ by, what, unit, labels, values }: Series, tables: readonly TableProfile[]): string[] {
  let best: { label: string | null; from: string; to: string; at: number; size: string } | undefined
  labels.forEach((label, row) => {
    const cells = values[row] ?? []
    for (let at = 1; at < cells.length; at += 1) {
      const [from = '0', to = '0'] = [cells[at - 1], cells[at]]
      const change = subtract(to, from)
      const size = change.startsWith('-') ? change.slice(1) : change
      if (compare(size, '0') > 0 && compare(size, best?.size ?? '0') > 0) best = { label, from, to, at, size }
    }
  })
  if (!best) return [`${capitalised(what)} did not change in any ${safe(by)}.`]
  const group = best.label === null ? `without a ${safe(by)}` : safe(best.label, 40)
  const step = `${formatAmount(best.from, unit)} in ${safe(tables[best.at - 1]?.path ?? '')} to ${formatAmount(best.to, unit)} in ${safe(tables[best.at]?.path ?? '')}`
  return [`By ${safe(by)}, the largest change in ${what} is ${group}: from ${step}.`]
}
