import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import postgres from 'postgres'
import type { TestProject } from 'vitest/node'
import { pingRedis, prepareQueue } from '../../src/queue.ts'
import { openEmbeddedPostgres } from '../../src/storage/embedded/open.ts'
import { migrateDatabase } from '../../src/storage/migrate.ts'
import { postgresOptions } from '../../src/storage/postgres-options.ts'
import { lookOf } from './databases.ts'

/** A Postgres for the tests, with a migrated database that every test copies. */
export interface TestServer {
  name: string
  /** A login that may create databases. */
  adminUrl: string
  template: string
  /** What the databases of this run begin with. */
  prefix: string
  /** How the template looks, by which a database is known to be as it was. */
  look: string
}

declare module 'vitest' {
  interface ProvidedContext {
    servers: TestServer[]
    redisUrl: string | null
  }
}

const prefix = `loom_test_${process.pid.toString(36)}${Date.now().toString(36)}`

/**
 * One embedded Postgres for the whole run, and beside it the Postgres and the Redis of this machine when they answer.
 * Everything made there is removed again.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const home = await mkdtemp(path.join(tmpdir(), 'loom-test-'))
  // Under root the server runs as another account, which must pass through here.
  await chmod(home, 0o755)
  const embedded = await openEmbeddedPostgres({ home: path.join(home, 'loom'), say: () => undefined })
  // Nobody pulls its plug, so no commit waits for the disk.
  await asAdmin(embedded.url, (sql) => sql`alter role current_user set synchronous_commit = off`)
  const servers = [await prepare('embedded Postgres', embedded.url)]
  const closers = [() => cleanDatabases(embedded.url)]

  const outside = process.env.LOOM_TEST_DATABASE_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres'
  const version = await versionOf(outside)
  if (version) {
    const rolesBefore = await rolesOf(outside)
    servers.push(await prepare(`Postgres ${version}`, outside))
    closers.push(async () => {
      await cleanDatabases(outside)
      await dropRoles(outside, rolesBefore)
    })
  } else {
    console.log(
      'No Postgres answers on this machine: its suites are skipped (LOOM_TEST_DATABASE_URL names another).',
    )
  }

  const redisUrl = process.env.LOOM_TEST_REDIS_URL ?? 'redis://127.0.0.1:6379'
  const hasRedis = await pingRedis(redisUrl)
  if (!hasRedis)
    console.log(
      'No Redis answers on this machine: its suites are skipped (LOOM_TEST_REDIS_URL names another).',
    )

  project.provide('servers', servers)
  project.provide('redisUrl', hasRedis ? redisUrl : null)
  return async () => {
    for (const close of closers) await close()
    await embedded.close()
    await rm(home, { recursive: true, force: true })
  }
}

async function prepare(name: string, adminUrl: string): Promise<TestServer> {
  const template = `${prefix}_template`
  await asAdmin(adminUrl, (sql) => sql.unsafe(`create database ${template}`))
  const url = new URL(adminUrl)
  url.pathname = template
  await migrateDatabase(url.href)
  await prepareQueue(postgresOptions(url.href))
  return { name, adminUrl, template, prefix, look: await asAdmin(url.href, lookOf) }
}

async function versionOf(url: string): Promise<string | undefined> {
  return asAdmin(url, async (sql) => {
    const [row] = await sql`select current_setting('server_version_num')::int / 10000 as major`
    return String(row?.major)
  }).catch(() => undefined)
}

async function rolesOf(url: string): Promise<string[]> {
  const rows = await asAdmin(url, (sql) => sql`select rolname from pg_roles where rolname like 'loom\\_%'`)
  return rows.map((row) => String(row.rolname))
}

async function cleanDatabases(url: string): Promise<void> {
  await asAdmin(url, async (sql) => {
    const rows = await sql`select datname from pg_database where datname like ${`${prefix}%`}`
    for (const row of rows) await sql.unsafe(`drop database if exists "${row.datname}" with (force)`)
  })
}

/** Roles belong to the whole cluster: those that this run brought go, unless another database uses them by now. */
async function dropRoles(url: string, before: readonly string[]): Promise<void> {
  for (const role of await rolesOf(url)) {
    if (!before.includes(role))
      await asAdmin(url, (sql) => sql.unsafe(`drop role if exists ${role}`)).catch(() => undefined)
  }
}

async function asAdmin<T>(url: string, work: (sql: postgres.Sql) => PromiseLike<T>): Promise<T> {
  const sql = postgres(url, { max: 1, connect_timeout: 5, onnotice: () => undefined })
  try {
    return await work(sql)
  } finally {
    await sql.end({ timeout: 5 })
  }
}
