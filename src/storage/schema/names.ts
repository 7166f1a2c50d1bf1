import { getTableName, is } from 'drizzle-orm'
import { getTableConfig, PgTable } from 'drizzle-orm/pg-core'
import * as schema from './index.ts'

type Schema = typeof schema

/** Every table, by its name in the code: `auditLog`. */
export type TableKey = {
  [Key in keyof Schema]: Schema[Key] extends PgTable ? Key : never
}[keyof Schema]

/** Every column of a table, by its name in the code: `bodySealed`. */
export type ColumnKey<Table extends TableKey> = keyof Schema[Table]['$inferSelect'] & string

export interface TableName {
  key: TableKey
  /** `loom` or `loom_shared`. */
  schema: string
  /** In the database: `audit_log`. */
  name: string
  /** The columns in the database by their names in the code. */
  columns: Readonly<Record<string, string>>
  /** The columns of its primary key, in the database. */
  primaryKey: readonly string[]
}

/** What the schema calls its tables and columns, there and here. */
export function tableNames(): TableName[] {
  return Object.entries(schema).flatMap(([key, table]) => {
    if (!is(table, PgTable)) return []
    const config = getTableConfig(table)
    const columns = Object.entries(table).flatMap(([column, value]) =>
      config.columns.includes(value as never) ? [[column, (value as { name: string }).name] as const] : [],
    )
    const single = config.columns.filter((column) => column.primary)
    const keyed = config.primaryKeys.flatMap((primary) => primary.columns)
    return [
      {
        key: key as TableKey,
        schema: config.schema ?? 'public',
        name: getTableName(table),
        columns: Object.fromEntries(columns),
        primaryKey: [...single, ...keyed].map((column) => column.name),
      },
    ]
  })
}
