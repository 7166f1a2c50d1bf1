import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { migrateDatabase } from '../../src/storage/migrate.ts'
import { describeEachServer } from '../support/store.ts'

const journal = path.join(import.meta.dirname, '../../drizzle/meta/_journal.json')
const groupRoles = ['loom_owner', 'loom_app', 'loom_worker', 'loom_purge', 'loom_dump', 'loom_queue']

describeEachServer('a migration', (server) => {
  const admin = postgres(server.adminUrl, { max: 2, onnotice: () => undefined })
  const made: { databases: string[]; logins: string[] } = { databases: [], logins: [] }
  afterAll(async () => {
    for (const name of made.databases) await admin.unsafe(`drop database if exists ${name} with (force)`)
    for (const name of made.logins) await admin.unsafe(`drop role if exists ${name}`)
    await admin.end({ timeout: 5 })
  })

  const newName = () => `${server.prefix}_${randomBytes(5).toString('hex')}`
  const emptyDatabase = async (owner?: string): Promise<string> => {
    const name = newName()
    await admin.unsafe(`create database ${name} ${owner ? `owner ${owner}` : ''}`)
    made.databases.push(name)
    const url = new URL(server.adminUrl)
    url.pathname = name
    return url.href
  }
  const newLogin = async (): Promise<{ name: string; as: (url: string) => string }> => {
    const name = newName()
    await admin.unsafe(`create role ${name} login password 'secret'`)
    made.logins.push(name)
    return {
      name,
      as: (href) => {
        const url = new URL(href)
        url.username = name
        url.password = 'secret'
        return url.href
      },
    }
  }
  const ask = async <T>(url: string, question: (sql: postgres.Sql) => PromiseLike<T>): Promise<T> => {
    const sql = postgres(url, { max: 1, onnotice: () => undefined })
    try {
      return await question(sql)
    } finally {
      await sql.end({ timeout: 5 })
    }
  }
  const applied = (url: string) =>
    ask(
      url,
      (sql) =>
        sql`select id::int as id, hash, created_at::text as at from loom_migrations.applied order by id`,
    )
  const tables = (url: string) =>
    ask(url, async (sql) => {
      const rows = await sql`select tablename, tableowner from pg_tables where schemaname = 'loom' order by 1`
      return rows.map((row) => `${row.tablename} of ${row.tableowner}`)
    })

  let whole = ''
  beforeAll(async () => {
    whole = await emptyDatabase()
    await migrateDatabase(whole)
  })

  it('makes an empty database whole, with every migration of the journal', async () => {
    const url = whole
    const entries: unknown[] = JSON.parse(await readFile(journal, 'utf8')).entries
    expect(await applied(url)).toHaveLength(entries.length)
    const found = await tables(url)
    expect(found.length).toBeGreaterThan(30)
    expect(found.filter((row) => !row.endsWith('of loom_owner'))).toEqual([])
  })

  it('changes nothing the second time', async () => {
    const url = whole
    const before = [await applied(url), await tables(url)]
    await migrateDatabase(url)
    expect([await applied(url), await tables(url)]).toEqual(before)
  })

  it('is done once when five processes start at once, beside another database of the same server', async () => {
    const [url, second] = [await emptyDatabase(), await emptyDatabase()]
    await Promise.all([...Array.from({ length: 5 }, () => url), second].map(migrateDatabase))
    const expected = (await applied(whole)).map((row) => row.hash)
    for (const each of [url, second]) expect((await applied(each)).map((row) => row.hash)).toEqual(expected)
  })

  it('leaves a database alone that is newer than the code, and says so', async () => {
    const url = whole
    await ask(
      url,
      (sql) =>
        sql`insert into loom_migrations.applied (hash, created_at) values ('from-the-future', 9999999999999)`,
    )
    const before = [await applied(url), await tables(url)]
    await expect(migrateDatabase(url)).rejects.toMatchObject({
      kind: 'conflict',
      retryable: false,
      message:
        'This database was made by a newer version of Loom. Update the code, or point LOOM_HOME or DATABASE_URL at another database.',
    })
    expect([await applied(url), await tables(url)]).toEqual(before)
    await ask(url, (sql) => sql`delete from loom_migrations.applied where hash = 'from-the-future'`)
  })

  it('waits for no lock that an earlier one left: it fails, and the next goes through', async () => {
    const url = await emptyDatabase()
    await ask(url, (sql) => sql`create schema loom`)
    await expect(migrateDatabase(url)).rejects.toMatchObject({ kind: 'internal', detail: '42P06' })
    expect(await applied(url)).toHaveLength(0)
    await ask(url, (sql) => sql`drop schema loom`)
    await migrateDatabase(url)
    expect((await tables(url)).length).toBeGreaterThan(30)
  })

  it('says that a server does not answer', async () => {
    await expect(migrateDatabase('postgres://nobody@127.0.0.1:1/none')).rejects.toMatchObject({
      kind: 'unavailable',
      retryable: true,
    })
  })

  describe('by a login that may not create roles', () => {
    it('is refused with what to do about it', async () => {
      const login = await newLogin()
      const url = login.as(await emptyDatabase())
      await expect(migrateDatabase(url)).rejects.toMatchObject({
        kind: 'forbidden',
        retryable: false,
        message:
          'The database login may not prepare the database. Give DATABASE_URL_MIGRATE the login that owns the database and may create roles, or that was granted loom_owner.',
      })
    })

    it('goes through where the roles are there and are the login’s own, in a database of its own', async () => {
      const login = await newLogin()
      const url = login.as(await emptyDatabase(login.name))
      for (const role of groupRoles) await admin.unsafe(`grant ${role} to ${login.name}`)
      await migrateDatabase(url)
      expect((await tables(url)).filter((row) => !row.endsWith('of loom_owner'))).toEqual([])
    })

    it('goes through where nothing is left to do, whoever asks', async () => {
      const login = await newLogin()
      await admin.unsafe(`grant loom_owner to ${login.name}`)
      await expect(migrateDatabase(login.as(whole))).resolves.toBeUndefined()
    })
  })
})
