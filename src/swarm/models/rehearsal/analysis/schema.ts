import { z } from 'zod'

// Labels and names are values, never keys: a column may be called `__proto__`.

const count = z.int().nonnegative()
const exact = z.string().regex(/^-?\d+(\.\d+)?$/)
const isoDate = z.string().regex(/^\d{4}-\d{2}-\d{2}$/)
const counted = z.object({ value: z.string(), count })
const atLine = z.object({ text: z.string(), line: count })
const common = { path: z.string(), bytes: count, notes: z.array(z.string()) }

const columnSchema = z.object({
  name: z.string(),
  type: z.enum(['integer', 'decimal', 'money', 'percent', 'date', 'boolean', 'text', 'empty']),
  /** `measure` may be added up; an `id` names a thing; a `label` sorts things (years, postcodes, words). */
  role: z.enum(['id', 'measure', 'label']),
  filled: count,
  missing: count,
  distinct: count,
  /** Filled cells that do not read as the column's type; they are in no figure. */
  unread: count,
  /** Exact decimal strings; `mean` is rounded to two decimals more than the data have. */
  numbers: z.exactOptional(
    z.object({
      count,
      min: exact,
      max: exact,
      sum: exact,
      mean: exact,
      median: exact,
      unit: z.exactOptional(z.string()),
    }),
  ),
  dates: z.exactOptional(
    z.object({
      count,
      earliest: isoDate,
      latest: isoDate,
      order: z.enum(['iso', 'dmy', 'mdy']),
      ambiguous: z.boolean(),
      months: z.array(z.object({ month: z.string(), count })),
    }),
  ),
  top: z.array(counted),
})

const groupSchema = z.object({
  by: z.string(),
  grain: z.enum(['value', 'month']),
  /** `null` is the group of rows where the cell is empty or unreadable. */
  labels: z.array(z.string().nullable()),
  rows: z.array(count),
  sums: z.array(z.object({ column: z.string(), sums: z.array(exact), counts: z.array(count) })),
  filled: z.array(z.object({ column: z.string(), counts: z.array(count) })),
})

const tableSchema = z.object({
  ...common,
  kind: z.literal('table'),
  delimiter: z.enum(['comma', 'semicolon', 'tab', 'pipe', 'none']),
  header: z.boolean(),
  decimals: z.enum(['point', 'comma']),
  rows: count,
  /** False when only the beginning of the file was computed. */
  complete: z.boolean(),
  columns: z.array(columnSchema),
  duplicateRows: count,
  ids: z.array(
    z.object({
      column: z.string(),
      distinct: count,
      duplicates: z.array(counted),
      duplicateCount: count,
      /** Every distinct id; absent when there are too many to carry. */
      values: z.exactOptional(z.array(z.string())),
    }),
  ),
  groups: z.array(groupSchema),
})

const jsonSchema = z.object({
  ...common,
  kind: z.literal('json'),
  form: z.enum(['json', 'ndjson']),
  root: z.enum(['object', 'array', 'string', 'number', 'boolean', 'null', 'records', 'invalid']),
  depth: count,
  keys: z.array(z.object({ path: z.string(), types: z.array(z.string()), count })),
  keyCount: count,
  arrays: z.array(z.object({ path: z.string(), count, shortest: count, longest: count })),
  error: z.exactOptional(z.object({ message: z.string(), line: count, column: count })),
  /** Where `table` was found: `$` for the root, else a path such as `plans`. */
  tableAt: z.exactOptional(z.string()),
  table: z.exactOptional(tableSchema),
})

const todosSchema = z.object({
  open: z.array(atLine),
  openCount: count,
  done: z.array(atLine),
  doneCount: count,
})

const textSchema = z.object({
  ...common,
  kind: z.literal('text'),
  markdown: z.boolean(),
  words: count,
  lines: count,
  headings: z.array(z.object({ level: count, text: z.string(), line: count })),
  headingCount: count,
  links: z.array(z.object({ url: z.string(), line: count })),
  linkCount: count,
  dates: z.array(z.object({ written: z.string(), iso: z.exactOptional(isoDate), line: count })),
  dateCount: count,
  numbers: z.array(z.object({ written: z.string(), context: z.string(), line: count })),
  numberCount: count,
  todos: todosSchema,
  fences: z.array(z.object({ language: z.string(), line: count, lines: count })),
  topWords: z.array(counted),
  longestSection: z.exactOptional(z.object({ heading: z.string(), line: count, words: count })),
})

const codeSchema = z.object({
  ...common,
  kind: z.literal('code'),
  language: z.string(),
  lines: z.object({ total: count, code: count, comment: count, blank: count }),
  names: z.array(z.object({ name: z.string(), what: z.string(), line: count, exported: z.boolean() })),
  nameCount: count,
  imports: z.array(z.string()),
  entryPoints: z.array(z.string()),
  todos: z.array(atLine),
})

const opaqueSchema = z.object({ ...common, kind: z.literal('opaque'), what: z.string() })

export const profileSchema = z.discriminatedUnion('kind', [
  tableSchema,
  jsonSchema,
  textSchema,
  codeSchema,
  opaqueSchema,
])

export type TableProfile = z.infer<typeof tableSchema>
export type ColumnProfile = z.infer<typeof columnSchema>
export type GroupProfile = z.infer<typeof groupSchema>
export type JsonProfile = z.infer<typeof jsonSchema>
export type TextProfile = z.infer<typeof textSchema>
export type CodeProfile = z.infer<typeof codeSchema>
export type Profile = z.infer<typeof profileSchema>
