import Papa from 'papaparse'
import { DELIMITERS, type Delimiter, findDelimiter } from './delimiter.ts'
import { createGrid, type Grid, type GridBuilder } from './grid.ts'
import { chooseHeader } from './header.ts'

const LONGEST_LINE = 4 * 1024 * 1024
const MOST_COLUMNS = 1_000
const ROWS_TO_JUDGE = 50
const NAMED_ROWS = 5

export type CsvReading = {
  grid: Grid
  delimiter: Delimiter
  header: boolean
  repeatedNames: boolean
  unnamed: number
  leftOutColumns: number
  /** Row numbers as a spreadsheet shows them: the first line of the file is row 1. */
  ragged: { count: number; rows: number[]; longer: number; lastIsShort: boolean }
  brokenQuotes: { count: number; rows: number[]; neverClosed: boolean }
  blankRows: number
  cutShort: boolean
}

/** Reads text whose lines end with `\n`; nothing when it cannot sensibly be a table. */
export function readCsv(text: string, preferred?: Delimiter): CsvReading | undefined {
  if (hasLongLine(text)) return undefined
  const found = findDelimiter(text).delimiter
  const delimiter = preferred && text.includes(DELIMITERS[preferred]) ? preferred : found
  const reading = collect(text, delimiter, true)
  // An unclosed quote swallows the rest of the file: better to read quotes as plain characters.
  if (!reading.brokenQuotes.neverClosed) return reading
  return { ...collect(text, delimiter, false), brokenQuotes: reading.brokenQuotes }
}

function hasLongLine(text: string): boolean {
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf('\n', start)
    if ((end < 0 ? text.length : end) - start > LONGEST_LINE) return true
    if (end < 0) return false
    start = end + 1
  }
  return false
}

function collect(text: string, delimiter: Delimiter, quotes: boolean): CsvReading {
  const reading = emptyReading(delimiter)
  const firstRows: string[][] = []
  let builder: GridBuilder | undefined
  let width = 0
  let row = 0

  const take = (cells: string[], at: number) => {
    const extra = cells.length > width && cells.slice(width).some((cell) => cell.trim() !== '')
    const short = cells.length < width
    reading.ragged.lastIsShort = short
    if (extra || short) {
      reading.ragged.count += 1
      if (extra) reading.ragged.longer += 1
      if (reading.ragged.rows.length < NAMED_ROWS) reading.ragged.rows.push(at)
    }
    return builder?.addRow(cells) ?? false
  }
  const begin = () => {
    const header = chooseHeader(firstRows.map((cells) => cells.map((cell) => cell.trim())))
    reading.header = header.present
    reading.repeatedNames = header.repeated
    reading.unnamed = header.unnamed
    reading.leftOutColumns = Math.max(0, header.names.length - MOST_COLUMNS)
    width = header.names.length
    builder = createGrid(header.names.slice(0, MOST_COLUMNS))
    for (const [index, cells] of firstRows.entries()) {
      if (index > 0 || !header.present) take(cells, rowNumbers[index] ?? 0)
    }
  }
  const rowNumbers: number[] = []

  Papa.parse<string[]>(text, {
    delimiter: DELIMITERS[delimiter],
    newline: '\n',
    header: false,
    ...(quotes ? {} : { fastMode: true }),
    step: ({ data, errors }, parser) => {
      row += 1
      noteQuotes(reading, errors, row)
      if (data.every((cell) => cell.trim() === '')) {
        if (data.length > 0) reading.blankRows += 1
        return
      }
      if (builder) {
        if (take(data, row)) return
        reading.cutShort = true
        parser.abort()
        return
      }
      firstRows.push(data)
      rowNumbers.push(row)
      if (firstRows.length === ROWS_TO_JUDGE) begin()
    },
  })
  if (!builder) begin()
  if (text.endsWith('\n') && reading.blankRows > 0) reading.blankRows -= 1
  return { ...reading, grid: builder?.finish() ?? reading.grid }
}

function noteQuotes(reading: CsvReading, errors: readonly Papa.ParseError[], row: number): void {
  const broken = errors.filter((error) => error.type === 'Quotes')
  if (broken.length === 0) return
  reading.brokenQuotes.count += broken.length
  if (reading.brokenQuotes.rows.length < NAMED_ROWS) reading.brokenQuotes.rows.push(row)
  if (broken.some((error) => error.code === 'MissingQuotes')) reading.brokenQuotes.neverClosed = true
}

function emptyReading(delimiter: Delimiter): CsvReading {
  return {
    grid: { columns: [], rows: 0 },
    delimiter,
    header: false,
    repeatedNames: false,
    unnamed: 0,
    leftOutColumns: 0,
    ragged: { count: 0, rows: [], longer: 0, lastIsShort: false },
    brokenQuotes: { count: 0, rows: [], neverClosed: false },
    blankRows: 0,
    cutShort: false,
  }
}
