import { sql } from 'drizzle-orm'
import { bigint, customType, pgSchema, text, timestamp, uuid } from 'drizzle-orm/pg-core'

/** Everything of Loom's own lies in this schema; the queue keeps to its own. */
export const loom = pgSchema('loom')

export const bytes = customType<{ data: Uint8Array; driverData: Uint8Array }>({ dataType: () => 'bytea' })

/** A field sealed under the tenant's data key; see `storage/vault/envelope.ts`. */
export const sealed = (name: string) => bytes(name)

export const moment = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' })
export const created = () => moment('created_at').notNull().default(sql`now()`)
export const microUsd = (name: string) => bigint(name, { mode: 'number' })
export const oneOf = <const Values extends readonly [string, ...string[]]>(name: string, values: Values) =>
  text(name, { enum: values as unknown as [Values[number], ...Values[number][]] })

/** The first two columns of every tenant table. */
export const owned = () => ({ tenantId: uuid('tenant_id').notNull(), id: uuid('id').notNull() })

/** A CHECK for a closed list of words. */
export const inList = (column: string, values: readonly string[]) =>
  sql.raw(`${column} in (${values.map((value) => `'${value}'`).join(', ')})`)
