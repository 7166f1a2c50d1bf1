import path from 'node:path'
import { readMigrationFiles } from 'drizzle-orm/migrator'
import { drizzle } from 'drizzle-orm/postgres-js'
import { migrate as applyMigrations } from 'drizzle-orm/postgres-js/migrator'
import postgres from 'postgres'
import { LoomError } from '../core/errors.ts'
import { databaseError } from './database.ts'

const folder = path.join(import.meta.dirname, '../../drizzle')
const ledger = { migrationsFolder: folder, migrationsSchema: 'loom_migrations', migrationsTable: 'applied' }

/** Taken for the whole migration, so that many processes may start at once. The number is arbitrary. */
const migrationLock = 7_305_112_201

/** The group roles, in the cluster for all databases. The owner owns the tables; nobody logs in as any of them. */
const groupRoles = ['loom_owner', 'loom_app', 'loom_worker', 'loom_purge', 'loom_dump', 'loom_queue'] as const

/**
 * Brings the database to this code's schema: roles, tables, policies. Idempotent; safe to run from many processes.
 * Needs a login that may create roles the first time. Throws `conflict` when the database is newer than the code.
 */
export async function migrateDatabase(url: string): Promise<void> {
  const sql = postgres(url, { max: 1, connect_timeout: 10, onnotice: () => undefined })
  try {
    await sql`select pg_advisory_lock(${migrationLock})`
    if (await isCurrent(sql)) return
    await prepareRoles(sql)
    await sql`set role loom_owner`
    await applyMigrations(drizzle(sql), ledger)
  } catch (thrown) {
    throw explain(thrown)
  } finally {
    await sql.end({ timeout: 5 })
  }
}

/** Whether nothing is left to apply. Throws when something was applied that this code does not know. */
async function isCurrent(sql: postgres.Sql): Promise<boolean> {
  const [found] = await sql`select to_regclass('loom_migrations.applied') is not null as there`
  if (!found?.there) return false
  const known = readMigrationFiles(ledger)
  const hashes = new Set(known.map((migration) => migration.hash))
  const applied = await sql<{ hash: string }[]>`select hash from loom_migrations.applied`
  const stranger = applied.some((row) => !hashes.has(row.hash))
  if (stranger) {
    throw new LoomError({
      kind: 'conflict',
      message:
        'This database was made by a newer version of Loom. Update the code, or point LOOM_HOME or DATABASE_URL at another database.',
      detail: `${applied.length} applied, ${known.length} known`,
      retryable: false,
    })
  }
  return applied.length === known.length
}

async function prepareRoles(sql: postgres.Sql): Promise<void> {
  for (const role of groupRoles) {
    // Roles belong to the cluster: another database's migration may create the same one at this moment.
    const [there] =
      await sql`select pg_has_role(rolname, 'usage') as mine from pg_roles where rolname = ${role}`
    // What is there already needs no login that may create roles: an upgrade can go by a lesser one.
    if (there?.mine) continue
    await sql.unsafe(`do $$ begin
      create role ${role} nologin nosuperuser nobypassrls;
    exception when duplicate_object or unique_violation then null; end $$`)
    await sql.unsafe(`grant ${role} to current_user`).catch((error: { code?: string }) => {
      // A concurrent grant of the same membership; what counts is that it is there.
      if (error.code !== 'XX000' && error.code !== '23505') throw error
    })
  }
  const [here] = await sql`select current_database() as name`
  await sql`grant create on database ${sql(String(here?.name))} to loom_owner`
  await sql`create schema if not exists loom_migrations authorization loom_owner`
}

function explain(thrown: unknown): unknown {
  const cause = (thrown as { cause?: unknown })?.cause ?? thrown
  const code = String((cause as { code?: unknown })?.code ?? '')
  if (code === '42501') {
    return new LoomError({
      kind: 'forbidden',
      message:
        'The database login may not prepare the database. Give DATABASE_URL_MIGRATE a login that may create roles and schemas.',
      detail: code,
      cause: thrown,
    })
  }
  return databaseError(thrown)
}
