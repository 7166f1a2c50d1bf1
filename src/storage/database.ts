import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js'
import type postgres from 'postgres'
import type { NewId } from '../core/ids.ts'
import type { Clock, LedgerPlace, Log, ObjectStore, Vault } from '../core/ports.ts'
import { databaseError } from './database-error.ts'
import { openPostgres } from './open-postgres.ts'

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
  /** Where deletions are written before this database hears of them. */
  ledger: LedgerPlace
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
  return openPostgres(input.url, {
    max: input.max,
    name: input.name,
    role: input.role,
    searchPath: 'pg_catalog',
    lifeS: 60 * 60,
    // Purging and dumping have long statements; those of the others take moments.
    silenceMs: input.role === 'loom_app' || input.role === 'loom_worker' ? 30_000 : undefined,
  })
}

/**
 * Runs `work` in one transaction in which only this tenant's rows exist. Statements that are not awaited one by one
 * travel together. Throws `LoomError`: `unavailable` when the database does not answer, `conflict` on a deadlock or
 * a unique key taken, `forbidden` for an account that is being erased.
 */
export async function inTenant<T>(store: Store, tenantId: string, work: (tx: Tx) => Promise<T>): Promise<T> {
  return translate(() =>
    store.sql.begin(async (sql) => {
      // Not awaited: it goes out with the first statement, and a failure fails the transaction anyway.
      const refused = enter(sql, tenantId).then(
        () => undefined,
        (thrown: unknown) => ({ thrown }),
      )
      const answer = await work(over(store.sql, sql)).catch(async (thrown: unknown) => {
        // What failed behind a closed door says nothing of why.
        throw codeOf(thrown) === inFailedTransaction ? ((await refused)?.thrown ?? thrown) : thrown
      })
      const closed = await refused
      if (closed) throw closed.thrown
      return answer
    }),
  )
}

/**
 * One transaction in one round trip: all of its statements are sent before the first is answered, and the commit behind
 * them, so that what they lock is held for no longer than the server works. `statements` must await each of them, or
 * hand it over, before it returns: what is awaited later comes behind the commit, where no tenant's rows exist. One that fails takes all with it, and so must whatever the
 * caller would have looked at in between (`loom.expect`). Throws as `inTenant` does; after `unavailable` it is unknown
 * whether it was committed.
 */
export async function atOnceInTenant<T extends readonly unknown[]>(
  store: Store,
  tenantId: string,
  statements: (tx: Tx) => readonly [...{ [Index in keyof T]: PromiseLike<T[Index]> }],
): Promise<T> {
  return translate(async () => {
    const held = await store.sql.reserve()
    try {
      // A statement is sent a tick after somebody listens to it: here all do in the order of the lines.
      const begun = Promise.allSettled([held`begin`, enter(held, tenantId)])
      const asked = Promise.allSettled(statements(over(store.sql, held as unknown as TransactionSql)))
      const committed = Promise.allSettled([held`commit`])
      const answers = await asked
      const all = [...answers, ...(await begun), ...(await committed)]
      const failed = all.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
      // The one that failed fails all behind it; these may stand before it here.
      if (failed.length > 0) throw failed.find((reason) => reason?.code !== inFailedTransaction) ?? failed[0]
      return answers.map((one) => (one.status === 'fulfilled' ? one.value : undefined))
    } finally {
      held.release()
    }
  })
}

/** An empty id is nobody: no tenant's rows exist then. */
function enter(sql: TransactionSql | postgres.ReservedSql, tenantId: string) {
  return sql`select loom.enter(nullif(${tenantId}, '')::uuid)`
}

/** Of the driver's error, or of the one that drizzle wraps around it. */
function codeOf(thrown: unknown): unknown {
  const { cause, code } = (thrown ?? {}) as { code?: unknown; cause?: { code?: unknown } }
  return code ?? cause?.code
}

const inFailedTransaction = '25P02'

/** One statement over the closed list of tables without content, without a transaction around it. */
export async function onceAcrossTenants<T>(
  store: Store,
  statement: (sql: Sql) => PromiseLike<T>,
): Promise<T> {
  return translate(async () => statement(store.sql))
}

/** A transaction over the closed list of tables without content. Tenant tables are empty in it. */
export async function acrossTenants<T>(store: Store, work: (tx: Tx) => Promise<T>): Promise<T> {
  return translate(() => store.sql.begin(async (sql) => work(over(store.sql, sql))))
}

/**
 * Runs `work` over all tenants' rows as they are at one moment, however long it reads. For the role `loom_dump`, whose
 * policy lets it see them; to any other the tenant tables are empty.
 */
export async function inSnapshot<T>(store: Pick<Store, 'sql'>, work: (tx: Tx) => Promise<T>): Promise<T> {
  return translate(() =>
    store.sql.begin('isolation level repeatable read read only', async (sql) => work(over(store.sql, sql))),
  )
}

/**
 * Runs `work` while this process alone holds the lock of that number, whatever pool or machine asks; answers `elsewhere`
 * at once where another holds it. The lock goes with the connection, so that nobody who died keeps it.
 */
export async function whileLocked<T>(
  store: Store,
  lock: number,
  work: () => Promise<T>,
): Promise<T | 'elsewhere'> {
  const held = await translate<Awaited<ReturnType<Sql['reserve']>>>(() => store.sql.reserve())
  try {
    const [row] = await translate<{ locked: boolean }[]>(
      async () => held`select pg_try_advisory_lock(${lock}) as locked`,
    )
    if (!row?.locked) return 'elsewhere'
    try {
      return await work()
    } finally {
      await held`select pg_advisory_unlock(${lock})`.catch(() => undefined)
    }
  } finally {
    held.release()
  }
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
