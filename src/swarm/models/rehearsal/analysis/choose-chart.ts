import type { ColumnProfile, GroupProfile, Profile, TableProfile } from './schema.ts'

export type Bar = { label: string; value: number }
/** `unit` stands behind or before each value: `%`, `€`, `rows`. */
export type ChartData = { title: string; unit?: string; bars: Bar[] }

const MOST_MONTHS = 12

/** The one chart that tells most, or none: what happened to whom, then sums by month, by group, then counts. */
export function chooseChart(profile: Profile): ChartData | undefined {
  const table = tableIn(profile)
  if (!table || table.rows < 2) return undefined
  return (
    eventsByGroup(table) ??
    sumsByMonth(table) ??
    sumsByGroup(table) ??
    countsByMonth(table) ??
    topValues(table)
  )
}

/** The table of a table file, or the one found in a JSON file. */
export function tableIn(profile: Profile): TableProfile | undefined {
  if (profile.kind === 'table') return profile
  return profile.kind === 'json' ? profile.table : undefined
}

/** A day that only some rows have (cancelled, paid, shipped) is an event: who has it? */
export function eventColumns(table: TableProfile): ColumnProfile[] {
  return table.columns.filter(
    ({ type, filled, missing }) => type === 'date' && filled > 0 && missing * 5 >= table.rows,
  )
}

/** The groups worth showing first: few, named by a short word, not one row each. */
export function mainGroups(table: TableProfile): GroupProfile[] {
  return table.groups.filter(({ grain, labels }) => grain === 'value' && labels.length >= 2)
}

/** Columns whose sum means something: percentages do not add up. */
export function summable(table: TableProfile): ColumnProfile[] {
  return table.columns.filter(
    ({ role, type, numbers }) => role === 'measure' && type !== 'percent' && numbers,
  )
}

function eventsByGroup(table: TableProfile): ChartData | undefined {
  for (const event of eventColumns(table)) {
    for (const group of mainGroups(table)) {
      const counts = group.filled.find(({ column }) => column === event.name)?.counts
      if (!counts || counts.filter((count) => count > 0).length < 2) continue
      return { title: `Rows with ${event.name}, by ${group.by}`, bars: sorted(barsOf(group, counts)) }
    }
  }
  return undefined
}

function sumsByMonth(table: TableProfile): ChartData | undefined {
  const months = table.groups.find(({ grain, labels }) => grain === 'month' && labels.length >= 2)
  const measure = summable(table)[0]
  const sums = months?.sums.find(({ column }) => column === measure?.name)?.sums
  if (!months || !measure || !sums) return undefined
  const bars = barsOf(months, sums.map(Number)).filter(({ label }) => label !== '(none)')
  const title = `Sum of ${measure.name} by month of ${months.by}${bars.length > MOST_MONTHS ? `, last ${MOST_MONTHS} months` : ''}`
  return { title, ...unitOf(measure), bars: bars.slice(-MOST_MONTHS) }
}

function sumsByGroup(table: TableProfile): ChartData | undefined {
  for (const measure of summable(table)) {
    for (const group of mainGroups(table)) {
      const sums = group.sums.find(({ column }) => column === measure.name)?.sums
      if (!sums) continue
      return {
        title: `Sum of ${measure.name} by ${group.by}`,
        ...unitOf(measure),
        bars: sorted(barsOf(group, sums.map(Number))),
      }
    }
  }
  return undefined
}

function countsByMonth(table: TableProfile): ChartData | undefined {
  const column = table.columns.find(({ dates }) => dates && dates.months.length >= 2)
  if (!column?.dates) return undefined
  const months = column.dates.months.slice(-MOST_MONTHS)
  const last = column.dates.months.length > MOST_MONTHS ? `, last ${MOST_MONTHS} months` : ''
  return {
    title: `Rows by month of ${column.name}${last}`,
    bars: months.map(({ month, count }) => ({ label: month, value: count })),
  }
}

function topValues(table: TableProfile): ChartData | undefined {
  const column = table.columns.find(
    ({ role, top }) => role === 'label' && top.length >= 2 && (top[0]?.count ?? 0) > 1,
  )
  if (!column) return undefined
  return {
    title: `Most common values of ${column.name}`,
    bars: column.top.map(({ value, count }) => ({ label: value, value: count })),
  }
}

function barsOf({ labels }: GroupProfile, values: readonly number[]): ChartData['bars'] {
  return labels.map((label, index) => ({ label: label ?? '(none)', value: values[index] ?? 0 }))
}

function sorted(bars: ChartData['bars']): ChartData['bars'] {
  return bars.toSorted((a, b) => b.value - a.value)
}

function unitOf({ numbers }: ColumnProfile): { unit?: string } {
  return numbers?.unit === undefined ? {} : { unit: numbers.unit }
}
