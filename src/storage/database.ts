import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js'
import postgres from 'postgres'
import { LoomError } from '../core/errors.ts'
import type { NewId } from '../core/ids.ts'
import type { Clock, Log, ObjectStore, Vault } from '../core/ports.ts'

/** The database roles. A connection acts as exactly one, whatever login it came by. */
export type DatabaseRole = 'loom_app' | 'loom_worker' | 'loom_purge' | 'loom_dump'

export type Sql = postgres.Sql
type TransactionSql = postgres.TransactionSql

/**
 * One transaction: drizzle for the plain statements, `sql` (prepared by name, pipelined) for the hot ones. Moments go
 * into `sql` as ISO strings with a cast: drizzle takes the driver's own handling of dates away.
 */
export interface Tx {
  db: PostgresJsDatabase
  sql: TransactionSql
}

/** What every storage verb takes first. */
export interface Store {
  sql: Sql
  vault: Vault
  objects: ObjectStore
  now: Clock
  newId: NewId
  log: Log
}

export type Actor = { kind: 'system' | 'operator' } | { kind: 'person'; identityId: string }

/** Whose rows, and who is acting. No storage verb reaches a tenant's rows without one. */
export interface TenantContext {
  tenantId: string
  actor: Actor
}

/** A pool of connections that act as `role`: row level security holds even where the login could bypass it. */
export function connectDatabase(input: { url: string; role: DatabaseRole; max: number; name: string }): Sql {
  return postgres(input.url, {
    max: input.max,
    connect_timeout: 10,
    // The pool keeps its connections: a new one costs more than most statements.
    idle_timeout: 0,
    max_lifetime: 60 * 60,
    onnotice: () => undefined,
    connection: { role: input.role, application_name: input.name, search_path: 'pg_catalog' } as Record<
      string,
      string
    >,
  })
}

/**
 * Runs `work` in one transaction in which only this tenant's rows exist. Statements that are not awaited one by one
 * travel together. Throws `LoomError`: `unavailable` when the database does not answer, `conflict` on a deadlock or
 * a unique key taken.
 */
export async function inTenant<T>(store: Store, tenantId: string, work: (tx: Tx) => Promise<T>): Promise<T> {
  return translate(() =>
    store.sql.begin(async (sql) => {
      // Not awaited: it goes out with the first statement, and a failure fails the transaction anyway.
      sql`select set_config('loom.tenant', ${tenantId}, true)`.catch(() => undefined)
      return work(over(store.sql, sql))
    }),
  )
}

/** A transaction over the closed list of tables without content. Tenant tables are empty in it. */
export async function acrossTenants<T>(store: Store, work: (tx: Tx) => Promise<T>): Promise<T> {
  return translate(() => store.sql.begin(async (sql) => work(over(store.sql, sql))))
}

/** drizzle is made for the transactions that ask for it; the hot ones do not. */
function over(client: Sql, sql: TransactionSql): Tx {
  let db: PostgresJsDatabase | undefined
  return {
    sql,
    get db() {
      db ??= drizzleOver(client, sql)
      return db
    },
  }
}

/** drizzle asks its client for `options`, which a transaction of postgres.js does not carry. */
function drizzleOver(client: Sql, sql: TransactionSql): PostgresJsDatabase {
  return drizzle(Object.assign(sql, { options: client.options }) as unknown as Sql)
}

async function translate<T>(run: () => Promise<unknown>): Promise<T> {
  try {
    return (await run()) as T
  } catch (thrown) {
    throw databaseError(thrown)
  }
}

const lostConnection = /^(CONNECT|ECONN|EPIPE|ETIMEDOUT|57P0|08|53|CONNECTION_)/

/** A driver's error as ours; the driver's message may quote values, so it stays in `cause` and out of logs. */
export function databaseError(thrown: unknown): unknown {
  if (thrown instanceof LoomError) return thrown
  const original = (thrown as { cause?: unknown })?.cause ?? thrown
  const code = String((original as { code?: unknown })?.code ?? (thrown as { code?: unknown })?.code ?? '')
  if (lostConnection.test(code)) {
    return new LoomError({
      kind: 'unavailable',
      message: 'The database does not answer. Nothing is lost; Loom goes on when it is back.',
      detail: code,
      cause: thrown,
    })
  }
  if (code === '40P01' || code === '40001' || code === '23505') {
    const constraint = (original as { constraint_name?: string })?.constraint_name
    return new LoomError({
      kind: 'conflict',
      message: 'Somebody else changed this at the same moment.',
      detail: `${code} ${constraint ?? ''}`.trim(),
      retryable: code !== '23505',
      cause: thrown,
    })
  }
  if (code === '') return thrown
  return new LoomError({
    kind: 'internal',
    message: 'A database statement failed.',
    detail: code,
    cause: thrown,
  })
}
