import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import postgres from 'postgres'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createIds } from '../../src/core/ids.ts'
import { hangDoorbell, prepareQueue } from '../../src/queue.ts'
import { checkLogin } from '../../src/storage/check-login.ts'
import { acrossTenants, connectDatabase, type DatabaseRole, type Store } from '../../src/storage/database.ts'
import { viewJob } from '../../src/storage/jobs/view.ts'
import { createDiskLedger } from '../../src/storage/ledger/disk-ledger.ts'
import { checkSchema, migrateDatabase } from '../../src/storage/migrate.ts'
import { createDiskObjects } from '../../src/storage/objects/disk.ts'
import { postgresOptions } from '../../src/storage/postgres-options.ts'
import { claimTasks } from '../../src/storage/tasks/claim.ts'
import { loadTasks } from '../../src/storage/tasks/load.ts'
import { startTasks } from '../../src/storage/tasks/start.ts'
import { openAccount } from '../../src/storage/tenants/create.ts'
import { createFileVault } from '../../src/storage/vault/file-vault.ts'
import { within } from '../queue/within.ts'
import { describeEachPostgres, type OwnPostgres, openOwnPostgres } from '../support/own-postgres.ts'
import { silentLog } from '../support/store.ts'
import { accept } from './support/jobs.ts'

/** As a managed server is: the login that owns everything may create roles and databases, and is no superuser. */
describeEachPostgres('a login per role', (bin) => {
  let server: OwnPostgres
  let home = ''
  const closers: (() => Promise<void>)[] = []
  beforeAll(async () => {
    home = await mkdtemp(path.join(tmpdir(), 'loom-logins-'))
    server = await openOwnPostgres(bin)
    await asked(server.adminUrl, async (sql) => {
      await sql`create role master login createrole createdb password 'secret'`
      await sql`create database shop owner master`
    })
    await migrateDatabase(as('master'))
    await prepareQueue(postgresOptions(as('master')))
    await asked(as('master'), async (sql) => {
      await sql`create role app_login login password 'secret' in role loom_app`
      await sql`create role worker_login login password 'secret' in role loom_worker`
      await sql`create role front_login login password 'secret' in role loom_app, loom_queue`
    })
  })
  afterAll(async () => {
    for (const close of closers.splice(0)) await close()
    await server?.close()
    await rm(home, { recursive: true, force: true })
  })

  const as = (login: string, database = 'shop') =>
    `postgres://${login}:secret@127.0.0.1:${server.port}/${database}`
  const asked = async <T>(url: string, question: (sql: postgres.Sql) => Promise<T>): Promise<T> => {
    const sql = postgres(url, { max: 1, onnotice: () => undefined })
    try {
      return await question(sql)
    } finally {
      await sql.end({ timeout: 1 })
    }
  }
  const storeOf = (login: string, role: DatabaseRole): Store => {
    const sql = connectDatabase({ url: as(login), role, max: 2, name: 'loom-test' })
    closers.push(() => sql.end({ timeout: 1 }))
    const masterKey = Buffer.alloc(32, 7)
    const vault = createFileVault({ directory: path.join(home, 'keys'), masterKey, now: Date.now })
    const objects = createDiskObjects({ root: path.join(home, 'objects') })
    const ledger = createDiskLedger({ directory: path.join(home, 'ledger') })
    return { sql, vault, objects, ledger, now: Date.now, newId: createIds({ now: Date.now }), log: silentLog }
  }

  it('does the work of its role: the app takes a brief, a worker takes its task, the front rings', async () => {
    const store = storeOf('app_login', 'loom_app')
    const account = await openAccount(store, {
      platform: 'local',
      kind: 'local',
      externalId: randomBytes(8).toString('hex'),
      installer: { externalId: 'owner', name: 'Owner' },
    })
    const context = {
      tenantId: account.tenantId,
      actor: { kind: 'person', identityId: account.identityId },
    } as const
    const accepted = await accept({ ...account, store, context })
    if (accepted.kind !== 'job') throw new Error('the mention opened no job')
    const worker = storeOf('worker_login', 'loom_worker')
    const claimed = await claimTasks(worker, {
      lane: 'worker',
      holder: randomUUID(),
      limit: 5,
      leaseMs: 60_000,
    })
    expect(claimed).toHaveLength(1)
    const taskIds = await startTasks(worker, context, { tasks: claimed })
    expect(await loadTasks(worker, context, { taskIds })).toHaveLength(1)
    expect(await viewJob(store, context, { jobId: accepted.jobId })).toBeDefined()

    const bell = hangDoorbell({
      place: { kind: 'postgres', server: postgresOptions(as('front_login')) },
      log: silentLog,
    })
    closers.push(() => bell.close())
    let heard = 0
    await bell.answer('worker', () => {
      heard += 1
    })
    await within(15_000, async () => {
      bell.ring('worker')
      await new Promise((resolve) => setTimeout(resolve, 50))
      return heard > 0
    })
  })

  const others: Record<string, string[]> = {
    app_login: ['loom_worker', 'loom_owner', 'loom_purge', 'loom_dump', 'loom_queue', 'master', 'admin'],
    worker_login: ['loom_app', 'loom_owner', 'loom_purge', 'loom_dump', 'loom_queue', 'master', 'admin'],
    front_login: ['loom_worker', 'loom_owner', 'loom_purge', 'loom_dump', 'master', 'admin'],
  }
  it.each(Object.keys(others))('can become nothing else: %s', async (login) => {
    await asked(as(login), async (sql) => {
      for (const role of others[login] ?? []) {
        await expect(sql.unsafe(`set role ${role}`), role).rejects.toMatchObject({ code: '42501' })
        await expect(sql.unsafe(`grant ${role} to ${login}`), role).rejects.toMatchObject({ code: '42501' })
      }
      await expect(sql`update loom_migrations.applied set hash = 'mine'`).rejects.toMatchObject({
        code: '42501',
      })
      await expect(sql`create table loom.mine (a int)`).rejects.toMatchObject({ code: '42501' })
    })
  })

  it('is refused in words where it is another role’s', async () => {
    const store = storeOf('app_login', 'loom_worker')
    await expect(acrossTenants(store, ({ sql }) => sql`select 1`)).rejects.toMatchObject({
      kind: 'forbidden',
      retryable: false,
      message: expect.stringContaining('may not act as its role'),
    })
  })

  it('sees that the schema is the code’s, and when it is not', async () => {
    await checkSchema(as('app_login'), 'loom_app')
    await checkSchema(as('worker_login'), 'loom_worker')
    await asked(server.adminUrl, (sql) => sql`create database bare`)
    const conflict = (word: string) => ({
      kind: 'conflict',
      retryable: false,
      message: expect.stringContaining(word),
    })
    await expect(checkSchema(as('worker_login', 'bare'), 'loom_worker')).rejects.toMatchObject(
      conflict('npm run loom -- migrate first'),
    )
    await asked(as('master'), async (sql) => {
      const [last] =
        await sql`select id, hash, created_at from loom_migrations.applied order by id desc limit 1`
      await sql`delete from loom_migrations.applied where id = ${last?.id}`
      await expect(checkSchema(as('app_login'), 'loom_app')).rejects.toMatchObject(conflict('older'))
      await sql`insert into loom_migrations.applied (hash, created_at) values (${last?.hash}, ${last?.created_at}), ('later', 9999999999999)`
      await expect(checkSchema(as('app_login'), 'loom_app')).rejects.toMatchObject(conflict('newer'))
      await sql`delete from loom_migrations.applied where hash = 'later'`
    })
    await checkSchema(as('app_login'), 'loom_app')
  })

  it('may look at the ledger of a database that was made before anybody else did', async () => {
    await asked(as('master'), async (sql) => {
      await sql`set role loom_owner`
      await sql`revoke all on schema loom_migrations from loom_app, loom_worker, loom_purge, loom_dump`
      await sql`revoke all on loom_migrations.applied from loom_app, loom_worker, loom_purge, loom_dump`
    })
    await expect(checkSchema(as('app_login'), 'loom_app')).rejects.toMatchObject({
      message: expect.stringContaining('migrate first'),
    })
    await migrateDatabase(as('master'))
    await checkSchema(as('app_login'), 'loom_app')
  })

  it('migrates a second database of the server by the same login, and by another that was granted the owner', async () => {
    await asked(as('master', 'postgres'), (sql) => sql`create database second`)
    await migrateDatabase(as('master', 'second'))
    await checkSchema(as('app_login', 'second'), 'loom_app')
    await asked(server.adminUrl, async (sql) => {
      await sql`create role upgrader login password 'secret' in role loom_owner`
      await sql`create database third owner upgrader`
    })
    await migrateDatabase(as('upgrader', 'third'))
    await checkSchema(as('worker_login', 'third'), 'loom_worker')
  })

  it('is looked at by the doctor: what is right', async () => {
    const found = await checkLogin(as('worker_login'), {
      role: 'loom_worker',
      setting: 'DATABASE_URL_WORKER',
    })
    expect(found).toMatchObject({ faults: [], notes: [] })
    expect(found.ok[0]).toMatch(/^Postgres \d+.*, login worker_login, on this machine$/)
    expect(Math.abs(found.clockOffMs ?? Number.NaN)).toBeLessThan(5_000)
    const front = await checkLogin(as('front_login'), { role: 'loom_app', setting: 'DATABASE_URL' })
    expect(front).toMatchObject({ faults: [], notes: [] })
  })

  it('is looked at by the doctor: what is wrong or too much', async () => {
    const look = (url: string, role: DatabaseRole = 'loom_worker') =>
      checkLogin(url, { role, setting: 'DATABASE_URL_WORKER' })
    expect((await look(as('app_login'))).faults).toEqual([
      expect.stringContaining('grant loom_worker to app_login'),
    ])
    expect((await look(as('app_login'))).notes).toEqual([expect.stringContaining('loom_app')])
    expect((await look(as('master'))).notes).toEqual([expect.stringContaining('loom_owner')])
    expect((await look(server.adminUrl.replace('/postgres', '/shop'))).notes).toEqual([
      expect.stringContaining('superuser'),
    ])
    await asked(
      server.adminUrl,
      (sql) => sql`create role loose login bypassrls password 'secret' in role loom_worker`,
    )
    expect((await look(as('loose'))).notes).toEqual([expect.stringContaining('bypass row level security')])
    expect((await look(as('worker_login', 'bare'))).faults).toEqual([
      expect.stringContaining('no schema of Loom'),
    ])
    expect((await look(as('worker_login', 'nowhere'))).faults).toEqual([
      expect.stringContaining('no database of the name'),
    ])
    expect((await look(as('worker_login').replace('secret', 'wrong'))).faults).toEqual([
      expect.stringMatching(/login or its password.*DATABASE_URL_WORKER/),
    ])
    expect((await look('postgres://worker_login@127.0.0.1:1/shop')).faults).toEqual([
      expect.stringContaining('does not answer'),
    ])
    expect((await look('postgres://db.example.com/shop?sslmode=disable')).faults).toEqual([
      expect.stringMatching(/^DATABASE_URL_WORKER asks for sslmode=disable/),
    ])
  })
})
