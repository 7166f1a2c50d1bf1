import { createGrid, type Grid } from './grid.ts'
import { faultOf } from './json-fault.ts'
import { type JsonShape, shapeOf, typeName } from './json-shape.ts'
import { cut, plural } from './prose.ts'
import type { JsonProfile, TableProfile } from './schema.ts'
import { profileGrid, type TableSource } from './table.ts'

const MOST_COLUMNS = 300

type Parsed = { value: unknown } | { error: NonNullable<JsonProfile['error']> }

export function profileJson(source: TableSource, text: string, form: 'json' | 'ndjson'): JsonProfile {
  const notes = [...source.notes]
  if (text.trim() === '') notes.push('empty file')
  if (source.truncated) notes.push('only the beginning of the file was read')
  const parsed = form === 'ndjson' ? parseLines(text, source.truncated) : parseWhole(text)
  const base = { kind: 'json' as const, path: source.path, bytes: source.bytes, form }
  if ('error' in parsed) {
    const { line, column, message } = parsed.error
    notes.push(`not valid JSON: ${message} at line ${line}, column ${column}`)
    return {
      ...base,
      notes,
      root: 'invalid',
      depth: 0,
      keys: [],
      keyCount: 0,
      arrays: [],
      error: parsed.error,
    }
  }
  const { flat, inexact, ...shape } = shapeOf(parsed.value)
  if (inexact) notes.push('some whole numbers are too large to be exact here')
  const root = form === 'ndjson' ? 'records' : typeName(parsed.value)
  const table = flat && tableOf(source, flat)
  const found = table ? { table, tableAt: flat.path || '$' } : {}
  return { ...base, notes, root, ...shape, ...found }
}

function parseWhole(text: string): Parsed {
  try {
    return { value: JSON.parse(text) }
  } catch {
    return { error: placeOf(text, 1) }
  }
}

function parseLines(text: string, truncated: boolean): Parsed {
  const lines = text.split('\n')
  const records: unknown[] = []
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '') continue
    try {
      records.push(JSON.parse(line))
    } catch {
      if (truncated && index === lines.length - 1) break
      return { error: placeOf(line, index + 1) }
    }
  }
  return { value: records }
}

/** The engine's own message quotes the file and seldom says where; so the place is found here. */
function placeOf(text: string, firstLine: number): NonNullable<JsonProfile['error']> {
  const at = faultOf(text)
  const before = text.slice(0, at)
  const message = at >= text.length ? 'it ends too early' : 'an unexpected character'
  let line = firstLine
  for (let index = before.indexOf('\n'); index >= 0; index = before.indexOf('\n', index + 1)) line += 1
  return { message, line, column: at - before.lastIndexOf('\n') }
}

function tableOf(source: TableSource, flat: NonNullable<JsonShape['flat']>): TableProfile | undefined {
  const names = new Set<string>()
  for (const item of flat.items) {
    for (const key of Object.keys(Object(item))) names.add(key)
    if (names.size > MOST_COLUMNS) return undefined
  }
  if (names.size === 0) return undefined
  const { grid, cutShort } = gridOf([...names], flat.items)
  const notes = cutShort
    ? [`too many different values: only the first ${plural(grid.rows, 'row')} computed`]
    : []
  const form = { delimiter: 'none' as const, header: true, cutShort, style: 'point' as const }
  return profileGrid({ ...source, notes }, grid, form)
}

function gridOf(names: readonly string[], items: readonly unknown[]): { grid: Grid; cutShort: boolean } {
  const builder = createGrid(names.map((name) => cut(name, 200)))
  let cutShort = false
  for (const item of items) {
    const cells = new Map(Object.entries(Object(item)))
    if (builder.addRow(names.map((name) => cellOf(cells.get(name))))) continue
    cutShort = true
    break
  }
  return { grid: builder.finish(), cutShort }
}

function cellOf(value: unknown): string {
  return value === null || value === undefined ? '' : String(value)
}
