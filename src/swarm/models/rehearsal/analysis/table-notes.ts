import type { ColumnReading } from './column.ts'
import { dayNumber, daysIn } from './dates.ts'
import { formatCount, inWords, listed, plain, plural } from './prose.ts'
import type { CsvReading } from './read-csv.ts'
import type { TableProfile } from './schema.ts'

const FEWEST_TO_JUDGE = 8

/** What went wrong while the text was read. Row 1 is the first line, as a spreadsheet shows it. */
export function csvNotes(reading: CsvReading, truncated: boolean): string[] {
  const { ragged, brokenQuotes } = reading
  const notes: string[] = []
  if (reading.cutShort)
    notes.push(`too many different values: only the first ${plural(reading.grid.rows, 'row')} computed`)
  if (!reading.header && reading.grid.rows > 0) notes.push('no header row: columns are named by their place')
  if (reading.repeatedNames) notes.push('column names repeat: the later ones carry a number')
  if (reading.unnamed > 0) notes.push(`${plural(reading.unnamed, 'column has', 'columns have')} no name`)
  if (reading.leftOutColumns > 0)
    notes.push(`the last ${plural(reading.leftOutColumns, 'column')} left out: too many`)
  if (brokenQuotes.neverClosed) {
    notes.push(
      `broken quotes: a quote in row ${formatCount(brokenQuotes.rows.at(-1) ?? 1)} is never closed; quotes read as plain characters`,
    )
  } else if (brokenQuotes.count > 0) {
    notes.push(`broken quotes near row ${rowList(brokenQuotes.rows, brokenQuotes.count)}`)
  }
  if (ragged.count > 0) {
    const extra = ragged.longer > 0 ? '; cells beyond the last column are not counted' : ''
    notes.push(
      `${plural(ragged.count, 'row')} of the wrong length: row ${rowList(ragged.rows, ragged.count)}${extra}`,
    )
  }
  if (ragged.lastIsShort) notes.push('the last row is cut short: the file may end early')
  if (reading.blankRows > 0) notes.push(`${plural(reading.blankRows, 'empty row')} skipped`)
  if (truncated) notes.push('only the beginning of the file was read: every figure is of that part')
  return notes
}

/** What the columns show: gaps of type, duplicates, a last month that looks unfinished. */
export function columnNotes(
  table: Omit<TableProfile, 'notes'>,
  readings: readonly ColumnReading[],
): string[] {
  const notes: string[] = []
  if (table.columns.length === 0) notes.push('no columns')
  else if (table.rows === 0) notes.push('a header and no rows')
  for (const { column, duplicates, duplicateCount } of table.ids) {
    if (duplicateCount === 0) continue
    const named = listed(duplicates.slice(0, 3).map(({ value }) => plain(value, 40)))
    const others = duplicateCount > 3 ? ' and others' : ''
    notes.push(`${inWords(duplicateCount, 'duplicate id')} in "${plain(column)}": ${named}${others}`)
  }
  if (table.duplicateRows > 0) {
    notes.push(`${plural(table.duplicateRows, 'row repeats', 'rows repeat')} an earlier row in every cell`)
  }
  for (const reading of readings) {
    const name = plain(reading.profile.name)
    notes.push(...reading.notes.map((note) => `"${name}": ${note}`))
    if (reading.profile.unread > 0) {
      const what = reading.profile.type === 'date' ? 'a date' : 'a number'
      notes.push(
        `"${name}": ${plural(reading.profile.unread, 'value is', 'values are')} not ${what} and left out`,
      )
    }
    const stops = unfinishedMonth(reading)
    if (stops) notes.push(`"${name}" ends on ${stops}: the last month looks partial`)
    const formulas = formulasIn(reading)
    if (formulas > 0)
      notes.push(
        `"${name}": ${plural(formulas, 'cell begins', 'cells begin')} with "=" like a formula; kept as text`,
      )
  }
  return notes
}

/** Says when days that come thick and fast stop well before their month ends. */
function unfinishedMonth({ profile }: ColumnReading): string | undefined {
  const { dates } = profile
  if (!dates || dates.count < FEWEST_TO_JUDGE) return undefined
  const usualGap = (dayNumber(dates.latest) - dayNumber(dates.earliest)) / (dates.count - 1)
  const [year = 0, month = 1, day = 1] = dates.latest.split('-').map(Number)
  const left = daysIn(year, month) - day
  return usualGap <= 3 && left > Math.max(5, usualGap * 4) ? dates.latest : undefined
}

function formulasIn({ column }: ColumnReading): number {
  return column.values.reduce(
    (sum, value, code) => (/^=./.test(value) ? sum + (column.counts[code] ?? 0) : sum),
    0,
  )
}

function rowList(rows: readonly number[], count: number): string {
  const named = rows.map(formatCount).join(', ')
  return count > rows.length ? `${named} and others` : named
}
