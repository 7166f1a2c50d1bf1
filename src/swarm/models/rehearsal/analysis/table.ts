import { type ColumnReading, readColumn } from './column.ts'
import type { Delimiter } from './delimiter.ts'
import { countDuplicateRows, type Grid } from './grid.ts'
import { groupsOf } from './groups.ts'
import { isMissing } from './missing.ts'
import { type DecimalStyle, votesOf } from './numbers.ts'
import { cut, plain } from './prose.ts'
import { type CsvReading, readCsv } from './read-csv.ts'
import type { TableProfile } from './schema.ts'
import { columnNotes, csvNotes } from './table-notes.ts'

const MOST_ID_VALUES = 5_000
const LONGEST_ID = 200
const NAMED_DUPLICATES = 10
const UNIQUE_ENOUGH = 0.8

export type TableSource = { path: string; bytes: number; notes: string[]; truncated: boolean }

/** Profiles text whose lines end with `\n`; nothing when it cannot sensibly be a table. */
export function profileCsv(
  source: TableSource,
  text: string,
  preferred?: Delimiter,
): TableProfile | undefined {
  const reading = readCsv(text, preferred)
  if (!reading) return undefined
  return profileGrid(
    { ...source, notes: [...source.notes, ...csvNotes(reading, source.truncated)] },
    reading.grid,
    reading,
  )
}

type Form = Pick<CsvReading, 'delimiter' | 'header' | 'cutShort'> & { style?: DecimalStyle }

export function profileGrid(source: TableSource, grid: Grid, form: Form): TableProfile {
  const styles = stylesOf(grid, form)
  const european = styles.table === 'comma' || form.delimiter === 'semicolon'
  const readings = grid.columns.map((column, index) =>
    readColumn(column, { style: styles.columns[index] ?? styles.table, european }),
  )
  const duplicateRows = countDuplicateRows(grid)
  const ids = idsOf(readings)
  const styleNotes = styles.unsure.map(
    (name) =>
      `"${plain(name)}": values such as 1.234 can mean thousands or decimals; read with a decimal ${styles.table}`,
  )
  const table = {
    kind: 'table' as const,
    path: source.path,
    bytes: source.bytes,
    delimiter: form.delimiter,
    header: form.header,
    decimals: styles.table,
    rows: grid.rows,
    complete: !source.truncated && !form.cutShort,
    columns: readings.map(({ profile }) => profile),
    duplicateRows,
    ids,
    groups: groupsOf(readings, grid.rows),
  }
  return { ...table, notes: [...source.notes, ...styleNotes, ...columnNotes(table, readings)] }
}

type Styles = { table: DecimalStyle; columns: DecimalStyle[]; unsure: string[] }

/** A column's own evidence first, then the table's, then what the delimiter suggests. */
function stylesOf(grid: Grid, form: Form): Styles {
  const votes = grid.columns.map(({ values, counts }) => votesOf(values, counts))
  const point = votes.reduce((sum, one) => sum + one.point, 0)
  const comma = votes.reduce((sum, one) => sum + one.comma, 0)
  const ambiguous = votes.some((one) => one.ambiguous > 0)
  const guess: DecimalStyle = form.style ?? (form.delimiter === 'semicolon' && ambiguous ? 'comma' : 'point')
  const table: DecimalStyle = comma > point ? 'comma' : point > comma ? 'point' : guess
  const columns = votes.map((one) =>
    one.comma > one.point ? 'comma' : one.point > one.comma ? 'point' : table,
  )
  const unsure = grid.columns.filter((_, index) => {
    const one = votes[index]
    return one && one.ambiguous > 0 && one.point + one.comma === 0 && point === comma && !form.style
  })
  return { table, columns, unsure: unsure.map(({ name }) => name) }
}

function idsOf(readings: readonly ColumnReading[]): TableProfile['ids'] {
  return readings
    .filter(({ profile }) => profile.role === 'id' && profile.filled > 0)
    .filter(({ profile }) => profile.distinct >= UNIQUE_ENOUGH * profile.filled)
    .map(({ profile, column }) => {
      const filled = column.values.filter((value) => !isMissing(value))
      const repeated = column.values
        .map((value, code) => ({ value, count: column.counts[code] ?? 0 }))
        .filter(({ value, count }) => count > 1 && !isMissing(value))
      const carried = filled.length <= MOST_ID_VALUES && filled.every((value) => value.length <= LONGEST_ID)
      return {
        column: profile.name,
        distinct: profile.distinct,
        duplicates: repeated
          .slice(0, NAMED_DUPLICATES)
          .map(({ value, count }) => ({ value: cut(value, LONGEST_ID), count })),
        duplicateCount: repeated.length,
        ...(carried ? { values: filled } : {}),
      }
    })
}
