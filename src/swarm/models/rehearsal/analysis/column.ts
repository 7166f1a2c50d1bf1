import { type DayOrder, type OrderFinding, orderOf, readDate } from './dates.ts'
import { figuresOf } from './figures.ts'
import type { GridColumn } from './grid.ts'
import { isMissing } from './missing.ts'
import { type DecimalStyle, looksLikeCode, type ReadNumber, readNumber } from './numbers.ts'
import { cut, listed } from './prose.ts'
import { roleOf } from './roles.ts'
import type { ColumnProfile } from './schema.ts'

const LONGEST_VALUE = 200
const ENOUGH = 0.8
const MOST_MONTHS = 240
const TOP = 5
const BOOLEANS = new Set(['true', 'false', 'yes', 'no', 'y', 'n', 'ja', 'nein', 'j'])

/** A profiled column with what the groups need: per distinct value its number and its day. */
export type ColumnReading = {
  profile: ColumnProfile
  column: GridColumn
  missing: boolean[]
  units?: (bigint | undefined)[]
  scale: number
  days?: (string | undefined)[]
  notes: string[]
}

type ColumnHints = { style: DecimalStyle; european: boolean }

type Cells = { values: string[]; counts: number[]; missing: boolean[]; filled: number }

export function readColumn(column: GridColumn, hints: ColumnHints): ColumnReading {
  const { values, counts } = column
  const missing = values.map(isMissing)
  const gaps = counts.reduce((sum, count, code) => (missing[code] ? sum + count : sum), 0)
  const total = counts.reduce((sum, count) => sum + count, 0)
  const cells = { values, counts, missing, filled: total - gaps }
  const base = {
    name: column.name,
    filled: cells.filled,
    missing: gaps,
    distinct: missing.reduce((sum, gap) => (gap ? sum : sum + 1), 0),
    unread: 0,
    top: topOf(cells),
  }
  const as = (type: ColumnProfile['type'], more: Partial<ColumnProfile> = {}): ColumnProfile => ({
    ...base,
    type,
    role: roleOf(column.name, type),
    ...more,
  })
  const reading = { column, missing, scale: 0, notes: [] as string[] }
  if (cells.filled === 0) return { ...reading, profile: as('empty') }
  if (isBoolean(cells, base.distinct)) return { ...reading, profile: as('boolean') }
  return (
    asNumbers(cells, hints, reading, as) ??
    asDates(cells, hints, reading, as) ?? { ...reading, profile: as('text') }
  )
}

type Reading = Omit<ColumnReading, 'profile'>
type As = (type: ColumnProfile['type'], more?: Partial<ColumnProfile>) => ColumnProfile

function asNumbers(
  cells: Cells,
  { style }: ColumnHints,
  reading: Reading,
  as: As,
): ColumnReading | undefined {
  if (cells.values.some((value, code) => !cells.missing[code] && looksLikeCode(value))) return undefined
  const read = readEach(cells, (value) => readNumber(value, style))
  if (!read) return undefined
  const marks = marksOf(read.results, cells.counts)
  const currencies = [...marks.keys()].filter((mark) => mark !== '' && mark !== '%')
  if (currencies.length > 1) {
    reading.notes.push(`amounts in several currencies (${listed(currencies)}) are not added up`)
    return undefined
  }
  if (marks.has('%') && marks.size > 1) {
    reading.notes.push('some values are percentages and some are not: they are not added up')
    return undefined
  }
  const unit = marks.has('%') ? '%' : currencies[0]
  const figures = figuresOf(read.results, cells.counts)
  const type = unit === '%' ? 'percent' : unit ? 'money' : figures.scale > 0 ? 'decimal' : 'integer'
  const numbers = { ...figures.numbers, ...(unit === undefined ? {} : { unit }) }
  const profile = as(type, { numbers, unread: read.unread })
  return { ...reading, profile, units: figures.units, scale: figures.scale }
}

function asDates(cells: Cells, hints: ColumnHints, reading: Reading, as: As): ColumnReading | undefined {
  if (!cells.values.slice(0, 200).some((value) => readDate(value, 'dmy') ?? readDate(value, 'mdy')))
    return undefined
  const finding = orderOf(cells.values, hints.european)
  const read = readEach(cells, (value) => readDate(value, finding.order))
  if (!read) return undefined
  reading.notes.push(...orderNotes(finding))
  const perMonth = new Map<string, number>()
  let earliest: string | undefined
  let latest: string | undefined
  read.results.forEach((day, code) => {
    if (day === undefined) return
    if (earliest === undefined || day < earliest) earliest = day
    if (latest === undefined || day > latest) latest = day
    const month = day.slice(0, 7)
    perMonth.set(month, (perMonth.get(month) ?? 0) + (cells.counts[code] ?? 0))
  })
  if (earliest === undefined || latest === undefined) return undefined
  const months = [...perMonth]
    .map(([month, count]) => ({ month, count }))
    .sort((a, b) => (a.month < b.month ? -1 : 1))
  if (months.length > MOST_MONTHS)
    reading.notes.push(`only the last ${MOST_MONTHS} months are counted singly`)
  const order: DayOrder = finding.order
  const dates = {
    count: cells.filled - read.unread,
    earliest,
    latest,
    order,
    ambiguous: finding.ambiguous,
    months: months.slice(-MOST_MONTHS),
  }
  return { ...reading, profile: as('date', { dates, unread: read.unread }), days: read.results }
}

function orderNotes({ order, ambiguous, conflicting }: OrderFinding): string[] {
  const [chosen, other] = order === 'dmy' ? ['day/month', 'month/day'] : ['month/day', 'day/month']
  if (conflicting)
    return [`dates are written both day/month and month/day; read as ${chosen}, the others left out`]
  return ambiguous ? [`dates can be read as ${chosen} or ${other}; read as ${chosen}`] : []
}

function readEach<T>(
  cells: Cells,
  read: (value: string) => T | undefined,
): { results: (T | undefined)[]; unread: number } | undefined {
  let unread = 0
  const results = cells.values.map((value, code) => {
    if (cells.missing[code]) return undefined
    const result = read(value)
    if (result === undefined) unread += cells.counts[code] ?? 0
    return result
  })
  return cells.filled - unread >= ENOUGH * cells.filled ? { results, unread } : undefined
}

function marksOf(
  results: readonly (ReadNumber | undefined)[],
  counts: readonly number[],
): Map<string, number> {
  const marks = new Map<string, number>()
  results.forEach((one, code) => {
    if (one) marks.set(one.mark, (marks.get(one.mark) ?? 0) + (counts[code] ?? 0))
  })
  return marks
}

function isBoolean({ values, missing }: Cells, distinct: number): boolean {
  return distinct <= 4 && values.every((value, code) => missing[code] || BOOLEANS.has(value.toLowerCase()))
}

function topOf({ values, counts, missing }: Cells): { value: string; count: number }[] {
  const best: { value: string; count: number }[] = []
  values.forEach((value, code) => {
    const count = counts[code] ?? 0
    const least = best.at(-1)
    if (missing[code] || (best.length === TOP && least && count <= least.count)) return
    const at = best.findIndex((one) => one.count < count)
    best.splice(at < 0 ? best.length : at, 0, { value, count })
    if (best.length > TOP) best.pop()
  })
  return best.map(({ value, count }) => ({ value: cut(value, LONGEST_VALUE), count }))
}
