import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import postgres from 'postgres'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { checkLogin } from '../../src/storage/check-login.ts'
import { connectDatabase } from '../../src/storage/database.ts'
import { databaseError } from '../../src/storage/database-error.ts'
import { checkSchema, migrateDatabase } from '../../src/storage/migrate.ts'
import { openPostgres } from '../../src/storage/open-postgres.ts'
import { postgresOptions } from '../../src/storage/postgres-options.ts'
import { within } from '../queue/within.ts'
import { describeEachPostgres, type OwnPostgres, openOwnPostgres } from '../support/own-postgres.ts'
import { createAuthority, type TestAuthority } from '../support/tls.ts'

describeEachPostgres('a connection in TLS', (bin) => {
  let server: OwnPostgres
  let admin: postgres.Sql
  let authority: TestAuthority
  let trusted = ''
  let stranger = ''
  beforeAll(async () => {
    server = await openOwnPostgres(bin)
    admin = postgres(server.adminUrl, { max: 1, onnotice: () => undefined })
    authority = await createAuthority()
    trusted = await server.place('ca.pem', authority.certificate)
    stranger = await server.place('stranger.pem', (await createAuthority()).certificate)
    await serve('localhost')
    await migrateDatabase(server.adminUrl)
  })
  afterAll(async () => {
    await admin?.end({ timeout: 5 })
    await server?.close()
  })

  /** From the next connection on the server shows a certificate for `name`, or speaks no TLS. */
  async function serve(name: string | undefined): Promise<void> {
    if (name) {
      const { certificate, key } = await authority.issue(name)
      const [keyFile, certificateFile] = [
        await server.place('key.pem', key),
        await server.place('cert.pem', certificate),
      ]
      await admin.unsafe(`alter system set ssl_key_file = '${keyFile}'`)
      await admin.unsafe(`alter system set ssl_cert_file = '${certificateFile}'`)
    }
    await admin.unsafe(`alter system set ssl = ${name ? 'on' : 'off'}`)
    const [before] = await admin`select pg_conf_load_time()::text as at`
    await admin`select pg_reload_conf()`
    await within(10_000, async () => {
      const fresh = postgres(server.adminUrl, { max: 1, onnotice: () => undefined })
      const [now] = await fresh`select pg_conf_load_time()::text as at, current_setting('ssl') as ssl`
      await fresh.end({ timeout: 1 })
      return now?.at !== before?.at && now?.ssl === (name ? 'on' : 'off')
    })
  }

  const urlOf = (query: string, host = 'localhost') =>
    `postgres://admin:secret@${host}:${server.port}/postgres?${query}`
  const ask = async (url: string): Promise<unknown> => {
    const sql = openPostgres(url, { max: 1, name: 'loom-test' })
    try {
      const [row] = await sql`select version, ssl from pg_stat_ssl where pid = pg_backend_pid()`
      return row
    } finally {
      await sql.end({ timeout: 1 })
    }
  }
  const encrypted = { ssl: true, version: expect.stringMatching(/^TLSv1\.[23]$/) }
  const untrusted = {
    kind: 'unavailable',
    retryable: false,
    message: expect.stringContaining('sslrootcert'),
  }

  it('is verified with the CA that sslrootcert names', async () => {
    await serve('localhost')
    expect(await ask(urlOf(`sslmode=verify-full&sslrootcert=${trusted}`))).toEqual(encrypted)
    expect(await ask(urlOf(`sslrootcert=${trusted}`))).toEqual(encrypted)
  })

  it('is refused where nobody vouches for the certificate, also with the lesser modes', async () => {
    for (const query of [
      'sslmode=verify-full',
      'sslmode=require',
      'sslmode=no-verify',
      `sslmode=require&sslrootcert=${stranger}`,
    ]) {
      await expect(ask(urlOf(query)), query).rejects.toMatchObject(untrusted)
    }
  })

  it('is refused for another name than the certificate’s, by address too', async () => {
    const wrong = {
      kind: 'unavailable',
      retryable: false,
      message: expect.stringContaining('another host name'),
    }
    await expect(ask(urlOf(`sslmode=require&sslrootcert=${trusted}`, '127.0.0.1'))).rejects.toMatchObject(
      wrong,
    )
    await serve('db.example.com')
    await expect(ask(urlOf(`sslmode=require&sslrootcert=${trusted}`))).rejects.toMatchObject(wrong)
    await serve('127.0.0.1')
    expect(await ask(urlOf(`sslmode=require&sslrootcert=${trusted}`, '127.0.0.1'))).toEqual(encrypted)
    await serve('localhost')
  })

  it('is told from a server that speaks no TLS', async () => {
    await serve(undefined)
    await expect(ask(urlOf('sslmode=require'))).rejects.toMatchObject({
      kind: 'unavailable',
      retryable: false,
      message: expect.stringContaining('does not speak TLS'),
    })
    await serve('localhost')
  })

  it('has a pool that goes on after it was refused', async () => {
    const sql = openPostgres(urlOf(`sslrootcert=${trusted}`), { max: 2, name: 'loom-test' })
    try {
      await serve('db.example.com')
      const refused = await Promise.allSettled(Array.from({ length: 9 }, () => sql`select 1 as one`))
      expect(refused.map(({ status }) => status)).toEqual(refused.map(() => 'rejected'))
      await serve('localhost')
      const rows = await Promise.all(Array.from({ length: 9 }, () => sql`select 1 as one`))
      expect(rows.flat().map((row) => row.one)).toEqual(Array(9).fill(1))
    } finally {
      await sql.end({ timeout: 1 })
    }
  })

  it('carries the pool of a role, the migration, the schema’s check and the queue’s driver', async () => {
    const url = urlOf(`sslrootcert=${trusted}`)
    await migrateDatabase(url)
    await checkSchema(url, 'loom_worker')
    const sql = connectDatabase({ url, role: 'loom_app', max: 1, name: 'loom-test' })
    const [row] = await sql`
      select current_user::text as role, current_setting('application_name') as name, pg_backend_pid() as pid`
    expect(row).toMatchObject({ role: 'loom_app', name: 'loom-test' })
    expect(await admin`select ssl from pg_stat_ssl where pid = ${row?.pid}`).toEqual([{ ssl: true }])
    await sql.end({ timeout: 1 })
    const client = new pg.Client(postgresOptions(url))
    await client.connect()
    const answer = await client.query('select ssl from pg_stat_ssl where pid = pg_backend_pid()')
    expect(answer.rows).toEqual([{ ssl: true }])
    await client.end()
    await expect(new pg.Client(postgresOptions(urlOf('sslmode=require'))).connect()).rejects.toThrow(
      /self-signed|verify/,
    )
  })

  it('is told to the doctor, ok and not', async () => {
    const input = { role: 'loom_app', setting: 'DATABASE_URL_WORKER' } as const
    const good = await checkLogin(urlOf(`sslrootcert=${trusted}`), input)
    expect(good).toMatchObject({ faults: [], ok: [expect.stringMatching(/TLSv1\.[23]/), expect.any(String)] })
    const bad = await checkLogin(urlOf('sslmode=require'), input)
    expect(bad.faults).toEqual([expect.stringContaining('DATABASE_URL_WORKER')])
  })

  const asOurs = (thrown: unknown) => {
    throw databaseError(thrown)
  }

  it('comes back to a server that was away, on every connection of the pool', async () => {
    const sql = openPostgres(urlOf(`sslrootcert=${trusted}`), { max: 3, name: 'loom-test' })
    const all = () => Promise.all(Array.from({ length: 6 }, () => sql`select 1 as one`)).catch(asOurs)
    try {
      expect(await all()).toHaveLength(6)
      await server.stop()
      for (let turn = 0; turn < 4; turn += 1) {
        await expect(all()).rejects.toMatchObject({ kind: 'unavailable', retryable: true })
      }
      await server.start()
      await within(5_000, async () => {
        const answered = await all().then(
          () => true,
          () => false,
        )
        if (!answered) await pause(20)
        return answered
      })
      expect(await all()).toHaveLength(6)
    } finally {
      await sql.end({ timeout: 1 })
    }
  })
})
