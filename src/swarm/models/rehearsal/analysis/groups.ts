import type { ColumnReading } from './column.ts'
import { decimalFrom } from './exact.ts'
import { cut } from './prose.ts'
import type { GroupProfile } from './schema.ts'

const MOST_GROUPS = 20
const MOST_GROUPINGS = 12
const MOST_PAIRS = 40
const LONGEST_LABEL = 200

type Grouping = {
  reading: ColumnReading
  grain: 'value' | 'month'
  labels: (string | null)[]
  groupOf: Int32Array
}

/** Exact sums and counts for every small group, months included; at most 40 pairs of group and column. */
export function groupsOf(readings: readonly ColumnReading[], rows: number): GroupProfile[] {
  const measures = readings.filter(({ units, profile }) => units && profile.role === 'measure')
  const gappy = readings.filter(({ profile }) => profile.filled > 0 && profile.missing > 0)
  const groupings = readings
    .map(groupingOf)
    .filter((one) => one !== undefined)
    .slice(0, MOST_GROUPINGS)
  const share = Math.max(1, Math.floor(MOST_PAIRS / Math.max(1, groupings.length)))
  return groupings.map((grouping) => ({
    by: grouping.reading.profile.name,
    grain: grouping.grain,
    labels: grouping.labels,
    rows: tally(grouping, rows, () => true),
    sums: measures
      .filter((measure) => measure !== grouping.reading)
      .slice(0, share)
      .map((measure) => ({
        column: measure.profile.name,
        sums: sumsOf(grouping, measure, rows),
        counts: tally(grouping, rows, (row) => measure.units?.[measure.column.codes[row] ?? 0] !== undefined),
      })),
    filled: gappy
      .filter((column) => column !== grouping.reading)
      .slice(0, share)
      .map((column) => ({
        column: column.profile.name,
        counts: tally(grouping, rows, (row) => !column.missing[column.column.codes[row] ?? 0]),
      })),
  }))
}

function groupingOf(reading: ColumnReading): Grouping | undefined {
  const { profile, days, column } = reading
  if (profile.role === 'id' || profile.filled === 0) return undefined
  if (profile.type === 'date') {
    return grouping(reading, 'month', (code) => days?.[code]?.slice(0, 7) ?? null)
  }
  if (profile.role !== 'label' || profile.distinct > MOST_GROUPS) return undefined
  const longest = column.values.reduce((most, value) => Math.max(most, value.length), 0)
  if (longest > LONGEST_LABEL) return undefined
  return grouping(reading, 'value', (code) =>
    reading.missing[code] ? null : cut(column.values[code] ?? '', LONGEST_LABEL),
  )
}

function grouping(
  reading: ColumnReading,
  grain: 'value' | 'month',
  labelOf: (code: number) => string | null,
): Grouping | undefined {
  const known = new Map<string | null, number>()
  const groupOf = new Int32Array(reading.column.values.length)
  for (let code = 0; code < groupOf.length; code += 1) {
    const label = labelOf(code)
    const group = known.get(label) ?? known.size
    known.set(label, group)
    groupOf[code] = group
    if (known.size > MOST_GROUPS + 1) return undefined
  }
  const named = known.size - (known.has(null) ? 1 : 0)
  if (named < 2 || named > MOST_GROUPS) return undefined
  const sorted = [...known].sort(([a], [b]) => (a === null ? 1 : b === null ? -1 : a < b ? -1 : 1))
  const place = new Int32Array(known.size)
  sorted.forEach(([, group], index) => {
    place[group] = index
  })
  return {
    reading,
    grain,
    labels: sorted.map(([label]) => label),
    groupOf: groupOf.map((group) => place[group] ?? 0),
  }
}

function tally(
  { reading, labels, groupOf }: Grouping,
  rows: number,
  counts: (row: number) => boolean,
): number[] {
  const tallies = labels.map(() => 0)
  const { codes } = reading.column
  for (let row = 0; row < rows; row += 1) {
    const group = groupOf[codes[row] ?? 0] ?? 0
    if (counts(row)) tallies[group] = (tallies[group] ?? 0) + 1
  }
  return tallies
}

function sumsOf({ reading, labels, groupOf }: Grouping, measure: ColumnReading, rows: number): string[] {
  const sums = labels.map(() => 0n)
  const { codes } = reading.column
  for (let row = 0; row < rows; row += 1) {
    const units = measure.units?.[measure.column.codes[row] ?? 0]
    if (units === undefined) continue
    const group = groupOf[codes[row] ?? 0] ?? 0
    sums[group] = (sums[group] ?? 0n) + units
  }
  return sums.map((units) => decimalFrom({ units, scale: measure.scale }))
}
