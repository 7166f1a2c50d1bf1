import type { TableKey, TableName } from '../../storage/schema/names.ts'
import { tableNames } from '../../storage/schema/names.ts'
import { columns } from '../policy/columns.ts'
import { type Exporting, read, somebodyElse } from './deps.ts'
import { openField } from './fields.ts'
import { theirRows } from './theirs.ts'

export type Row = Readonly<Record<string, unknown>>

const rowsAtOnce = 200

/**
 * The rows of one table that belong into an export, oldest first by key, opened: sealed fields in plain, moments as ISO
 * strings, no keyed hash, no secret. Read in pages, so that what is on its way stays small; a row that goes meanwhile is
 * left out. In a person's export the ids of other people are replaced by `somebody else`.
 */
export async function* exportRows(
  exporting: Exporting,
  key: TableKey,
  only?: { column: 'id' | 'jobId' | 'briefId' | 'taskId'; id: string },
): AsyncGenerator<Row> {
  const table = tableNames().find((one) => one.key === key)
  if (!table) return
  let after: Row | undefined
  for (;;) {
    const page = await readPage(exporting, table, { after, only })
    for (const row of page) yield openRow(exporting, table, row)
    after = page.at(-1)
    if (page.length < rowsAtOnce) return
  }
}

/** By the primary key, whose order is that of making: ids begin with the time. */
async function readPage(
  exporting: Exporting,
  table: TableName,
  { after, only }: { after: Row | undefined; only: { column: string; id: string } | undefined },
): Promise<Row[]> {
  const { key, name } = table
  const order = orderOf(table)
  return read(exporting, async (tx) => {
    const { sql } = tx
    const condition = theirRows(tx, exporting.about, key)
    if (!condition) return []
    const keyOf = (row: string) => sql.unsafe(order.map((column) => `${row}.${column}`).join(', '))
    const behind = after
      ? sql`and (${keyOf('t')}) > (
          select ${keyOf('r')} from jsonb_populate_record(null::loom.${sql(name)}, ${JSON.stringify(after)}::text::jsonb) r)`
      : sql``
    const within = only ? sql`and t.${sql(table.columns[only.column] ?? '')} = ${only.id}` : sql``
    const rows = await sql<{ row: Row }[]>`
      select to_jsonb(t) as row from loom.${sql(name)} t
      where ${condition} ${within} ${behind} order by ${keyOf('t')} limit ${rowsAtOnce}`
    return rows.map(({ row }) => row)
  })
}

/** Steps and events are told in the order in which they happened. */
function orderOf({ key, primaryKey }: TableName): string[] {
  if (key === 'steps') return ['task_id', 'ordinal']
  if (key === 'briefMessages') return ['brief_id', 'position', 'message_id']
  const own = primaryKey.filter((column) => column !== 'tenant_id')
  return own.length > 0 ? own : [...primaryKey]
}

function openRow(exporting: Exporting, table: TableName, row: Row): Row {
  const { about, own } = exporting
  const classes: Partial<Record<string, readonly string[]>> = columns[table.key]
  const opened: Record<string, unknown> = {}
  for (const [column, name] of Object.entries(table.columns)) {
    const value = row[name]
    if (classes.secret?.includes(column) || /Hash$|^digest$/.test(column)) continue
    if (column.endsWith('Sealed')) {
      const field = openField(exporting, { table, column, row })
      if (field !== undefined) opened[column.replace(/Sealed$/, '')] = field
    } else if (column.endsWith('At') && typeof value === 'string') {
      opened[column] = new Date(value).toISOString()
    } else if (about.form === 'person' && isOthers(classes, column, value, own)) {
      opened[column] = somebodyElse
    } else {
      opened[column] = value
    }
  }
  return opened
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

function isOthers(
  classes: Partial<Record<string, readonly string[]>>,
  column: string,
  value: unknown,
  own: ReadonlySet<string>,
): boolean {
  const isPerson = classes.person?.includes(column) === true && column !== 'memberId'
  return isPerson && typeof value === 'string' && uuid.test(value) && !own.has(value)
}
