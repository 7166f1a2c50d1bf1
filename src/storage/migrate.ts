import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { readMigrationFiles } from 'drizzle-orm/migrator'
import { drizzle } from 'drizzle-orm/postgres-js'
import { migrate as applyMigrations } from 'drizzle-orm/postgres-js/migrator'
import { LoomError } from '../core/errors.ts'
import type { DatabaseRole, Sql } from './database.ts'
import { databaseError } from './database-error.ts'
import { openPostgres } from './open-postgres.ts'

const folder = path.join(import.meta.dirname, '../../drizzle')
const ledger = { migrationsFolder: folder, migrationsSchema: 'loom_migrations', migrationsTable: 'applied' }

/** Taken for the whole migration, so that many processes may start at once. The number is arbitrary. */
const migrationLock = 7_305_112_201

/** The group roles, in the cluster for all databases. The owner owns the tables; nobody logs in as any of them. */
const groupRoles = ['loom_owner', 'loom_app', 'loom_worker', 'loom_purge', 'loom_dump', 'loom_queue'] as const

/** Who reads which migrations were applied, to know whether the database is as the code expects it. */
const ledgerReaders = ['loom_app', 'loom_worker', 'loom_purge', 'loom_dump'] as const

/**
 * Brings the database to this code's schema: roles, tables, policies. Idempotent; safe to run from many processes.
 * Needs a login that may create roles the first time, and no superuser. Throws `conflict` when the database is newer
 * than the code.
 */
export async function migrateDatabase(url: string): Promise<void> {
  await migrateTo(url, undefined)
}

/** The same as far as one version, for what was written then. Throws `conflict` for one that the code does not know. */
export async function migrateDatabaseTo(url: string, version: SchemaVersion): Promise<void> {
  await migrateTo(url, version)
}

async function migrateTo(url: string, version: SchemaVersion | undefined): Promise<void> {
  const sql = openPostgres(url, { max: 1, name: 'loom-migrate' })
  try {
    await sql`select pg_advisory_lock(${migrationLock})`
    const state = await schemaState(sql)
    if (state === 'newer') throw schemaFault(state)
    if (state !== 'current') {
      await prepareRoles(sql)
      await sql`set role loom_owner`
      await applyUpTo(version, (migrationsFolder) =>
        applyMigrations(drizzle(sql), { ...ledger, migrationsFolder }),
      )
    }
    await openLedger(sql)
  } catch (thrown) {
    throw explain(thrown)
  } finally {
    await sql.end({ timeout: 5 })
  }
}

/**
 * For a process that has no login that migrates: throws `conflict` when the schema is not the code's. Looks as
 * `role`, so a login of this one group role is enough.
 */
export async function checkSchema(url: string, role: DatabaseRole): Promise<void> {
  const sql = openPostgres(url, { max: 1, name: 'loom-check', role, silenceMs: 10_000 })
  try {
    const fault = schemaFault(await schemaState(sql))
    if (fault) throw fault
  } catch (thrown) {
    throw databaseError(thrown)
  } finally {
    await sql.end({ timeout: 5 })
  }
}

/** A schema as it was after so many migrations, the last of which had this hash. */
export interface SchemaVersion {
  migrations: number
  hash: string
}

/** The schema that this code works with. */
export function schemaVersion(): SchemaVersion {
  const known = readMigrationFiles(ledger)
  return { migrations: known.length, hash: known.at(-1)?.hash ?? '' }
}

/** Gives `apply` a folder with the migrations of a version and none after it. */
async function applyUpTo(
  version: SchemaVersion | undefined,
  apply: (folder: string) => Promise<void>,
): Promise<void> {
  const known = readMigrationFiles(ledger)
  if (!version) return apply(folder)
  if (known[version.migrations - 1]?.hash !== version.hash) throw schemaFault('newer')
  const partial = await mkdtemp(path.join(tmpdir(), 'loom-schema-'))
  try {
    const journal = JSON.parse(await readFile(path.join(folder, 'meta/_journal.json'), 'utf8'))
    const entries: { tag: string }[] = journal.entries.slice(0, version.migrations)
    await mkdir(path.join(partial, 'meta'))
    await writeFile(path.join(partial, 'meta/_journal.json'), JSON.stringify({ ...journal, entries }))
    for (const { tag } of entries)
      await copyFile(path.join(folder, `${tag}.sql`), path.join(partial, `${tag}.sql`))
    await apply(partial)
  } finally {
    await rm(partial, { recursive: true, force: true })
  }
}

export type SchemaState = 'current' | 'missing' | 'older' | 'newer'

/** How the database's schema stands to the code's, for whoever may read the ledger of one that is current. */
export async function schemaState(sql: Pick<Sql, 'unsafe'>): Promise<SchemaState> {
  const [found] = await sql.unsafe(`
    select has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select') as open
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'loom_migrations' and c.relname = 'applied'`)
  if (!found) return 'missing'
  // A ledger that we may not read is one that no migration of this code has opened.
  if (!found.open) return 'older'
  const known = readMigrationFiles(ledger)
  const hashes = new Set(known.map((migration) => migration.hash))
  const applied = await sql.unsafe('select hash from loom_migrations.applied')
  if (applied.some((row) => !hashes.has(String(row.hash)))) return 'newer'
  if (applied.length === 0) return 'missing'
  return applied.length < known.length ? 'older' : 'current'
}

const schemaWords: Record<Exclude<SchemaState, 'current'>, string> = {
  missing: 'This database has no schema of Loom yet. Run npm run loom -- migrate first.',
  older: 'This database is older than the code. Run npm run loom -- migrate first.',
  newer:
    'This database was made by a newer version of Loom. Update the code, or point LOOM_HOME or DATABASE_URL at another database.',
}

/** What a state is to somebody who wants to work; undefined for the one that is right. */
export function schemaFault(state: SchemaState): LoomError | undefined {
  if (state === 'current') return undefined
  return new LoomError({ kind: 'conflict', message: schemaWords[state], detail: state, retryable: false })
}

async function prepareRoles(sql: Sql): Promise<void> {
  for (const role of groupRoles) await prepareRole(sql, role)
  const [here] = await sql`
    select current_database() as name,
           has_database_privilege('loom_owner', current_database(), 'create') as granted,
           exists (select from pg_catalog.pg_namespace where nspname = 'loom_migrations') as made`
  if (!here?.granted) await sql`grant create on database ${sql(String(here?.name))} to loom_owner`
  if (!here?.made) await sql`create schema if not exists loom_migrations authorization loom_owner`
}

/**
 * Makes a group role, and this login a member of it that may act as it. From Postgres 16 on whoever makes a role may
 * grant it but is no such member.
 */
async function prepareRole(sql: Sql, role: (typeof groupRoles)[number]): Promise<void> {
  // What is there already needs no login that may create roles: an upgrade can go by a lesser one.
  const [there] = await sql`
    select pg_has_role(rolname, 'usage')
           and pg_has_role(rolname, case when current_setting('server_version_num')::int >= 160000
                                         then 'set' else 'member' end) as mine
    from pg_catalog.pg_roles where rolname = ${role}`
  if (there?.mine) return
  // Roles belong to the cluster: another database's migration may create the same one at this moment.
  if (!there) {
    await sql.unsafe(`do $$ begin
      create role ${role} nologin nosuperuser nobypassrls;
    exception when duplicate_object or unique_violation then null; end $$`)
  }
  await sql.unsafe(`grant ${role} to current_user`).catch((error: { code?: string }) => {
    // Somebody else made the role, and gave this login what it needs: to act as the owner.
    if (error.code === '42501' && role !== 'loom_owner') return
    // A concurrent grant of the same membership; what counts is that it is there.
    if (error.code !== 'XX000' && error.code !== '23505') throw error
  })
}

/** Also for a database that was made before anybody but the owner read the ledger. */
async function openLedger(sql: Sql): Promise<void> {
  const closed: string[] = []
  for (const role of ledgerReaders) {
    const [found] = await sql`
      select has_schema_privilege(${role}, 'loom_migrations', 'usage')
             and has_table_privilege(${role}, 'loom_migrations.applied', 'select') as open`
    if (!found?.open) closed.push(role)
  }
  if (closed.length === 0) return
  const readers = closed.join(', ')
  await sql`set role loom_owner`
  await sql.unsafe(`grant usage on schema loom_migrations to ${readers}`)
  await sql.unsafe(`grant select on loom_migrations.applied to ${readers}`)
}

function explain(thrown: unknown): unknown {
  const cause = (thrown as { cause?: unknown })?.cause ?? thrown
  const code = String((cause as { code?: unknown })?.code ?? '')
  if (code === '42501') {
    return new LoomError({
      kind: 'forbidden',
      message:
        'The database login may not prepare the database. Give DATABASE_URL_MIGRATE the login that owns the database and may create roles, or that was granted loom_owner.',
      detail: code,
      cause: thrown,
    })
  }
  return databaseError(thrown)
}
