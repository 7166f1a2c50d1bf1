import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import postgres from 'postgres'
import { createIds } from '../src/core/ids.ts'
import { driveErasures } from '../src/retention/delete/drive.ts'
import { checkPolicy } from '../src/retention/proof/check.ts'
import { purgeByAge, tablesByAge } from '../src/retention/purge/by-age.ts'
import { purgeMessages } from '../src/retention/purge/messages.ts'
import { connectDatabase, type DatabaseRole, inTenant, type Store } from '../src/storage/database.ts'
import { forgetPerson } from '../src/storage/erasure/forget-person.ts'
import { createDiskLedger } from '../src/storage/ledger/disk-ledger.ts'
import { migrateDatabase } from '../src/storage/migrate.ts'
import { createDiskObjects } from '../src/storage/objects/disk.ts'
import { createFileVault } from '../src/storage/vault/file-vault.ts'

/**
 * What removing expired rows costs in batches, beside one bare DELETE of the same rows, and what an application that works
 * meanwhile feels of either. Rows of `events` and `messages`, half and half, of fifty accounts. Then how long the proof takes
 * over what is there, and forgetting somebody who wrote every tenth message of an account.
 */
const { values } = parseArgs({
  options: {
    expired: { type: 'string', default: '1000000' },
    living: { type: 'string', default: '1000000' },
    rows: { type: 'string' },
    database: {
      type: 'string',
      default: process.env.DATABASE_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres',
    },
  },
})
const sizes = { expired: Number(values.expired), living: Number(values.living) }
const tenants = Array.from({ length: 50 }, () => randomUUID())
const mark = randomBytes(4).toString('hex')
const home = await mkdtemp(path.join(tmpdir(), 'loom-bench-purge-'))
const masterKey = randomBytes(32)
const admin = postgres(values.database, { max: 1, onnotice: () => undefined })

const urlOf = (name: string): string => {
  const url = new URL(values.database)
  url.pathname = name
  return url.href
}

function storeOn(url: string, role: DatabaseRole, max: number): Store & { end(): Promise<void> } {
  const sql = connectDatabase({ url, role, max, name: 'loom-bench' })
  const log = { debug() {}, info() {}, warn() {}, error: console.error, child: () => log } as Store['log']
  const now = Date.now
  const vault = createFileVault({ directory: path.join(home, 'keys'), masterKey, now })
  const objects = createDiskObjects({ root: path.join(home, 'objects') })
  const ledger = createDiskLedger({ directory: path.join(home, 'ledger') })
  return {
    sql,
    vault,
    objects,
    ledger,
    now,
    newId: createIds({ now }),
    log,
    end: () => sql.end({ timeout: 5 }),
  }
}

async function fill(url: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => undefined })
  for (const tenant of tenants) {
    const id = randomUUID()
    await sql`insert into loom.tenants (tenant_id, job_cap_micro_usd, month_cap_micro_usd) values (${tenant}, 1, 1)`
    await sql`
      insert into loom.installations (tenant_id, id, platform, kind, external_hash, external_sealed)
      values (${tenant}, ${id}, 'local', 'local', '\\x01', '\\x01')`
    await sql`insert into loom.threads (tenant_id, id, installation_id, platform, address) values (${tenant}, ${id}, ${id}, 'local', 'a')`
    await sql`
      insert into loom.identities (tenant_id, id, platform, external_hash, external_sealed)
      values (${tenant}, ${id}, 'local', '\\x01', '\\x01')`
    await sql`
      insert into loom.messages (tenant_id, id, thread_id, author, body_sealed, said_at)
      values (${tenant}, ${id}, ${id}, 'person', '\\x01', now())`
    await sql`
      insert into loom.briefs (tenant_id, id, thread_id, prompt_message_id, cap_micro_usd) values (${tenant}, ${id}, ${id}, ${id}, 1)`
    await sql`
      insert into loom.jobs (tenant_id, id, brief_id, state, cap_micro_usd) values (${tenant}, ${id}, ${id}, 'done', 1)`
    const each = (count: number) => Math.round(count / tenants.length / 2)
    for (const [count, age] of [
      [each(sizes.expired), 91],
      [each(sizes.living), 10],
    ] as const) {
      // In the order of time, as they come.
      await sql`
        insert into loom.events (tenant_id, job_id, seq, kind, body_sealed, created_at)
        select ${tenant}, ${id}, ${age * 10_000_000}::bigint + i, 'step', decode(repeat('ab', 250), 'hex'),
               now() - ${age} * interval '1 day' - i * interval '1 millisecond' from generate_series(1, ${count}) i`
      await sql`
        insert into loom.messages (tenant_id, id, thread_id, author, identity_id, body_sealed, said_at, created_at)
        select ${tenant}, gen_random_uuid(), ${id}, 'person', case when i % 10 = 0 then ${id}::uuid end, decode(repeat('ab', 250), 'hex'), now(),
               now() - ${age} * interval '1 day' - i * interval '1 millisecond' from generate_series(1, ${count}) i`
    }
  }
  await sql.unsafe('vacuum analyze')
  await sql.end()
}

/** What an application does meanwhile, on four connections: hears a message, reads the thread, notes an event. */
function work(url: string) {
  const store = storeOn(url, 'loom_app', 4)
  const tookMs: number[] = []
  let open = true
  const lane = async (at: number): Promise<void> => {
    for (let turn = at; open; turn += 1) {
      const tenant = tenants[turn % tenants.length] ?? ''
      const beganMs = performance.now()
      await inTenant(store, tenant, async ({ sql }) => {
        const [thread] = await sql`select id from loom.threads limit 1`
        await sql`
          insert into loom.messages (tenant_id, id, thread_id, author, body_sealed, said_at)
          values (${tenant}, ${store.newId()}, ${thread?.id}, 'person', decode(repeat('ab', 250), 'hex'), now())`
        await sql`select id from loom.messages where thread_id = ${thread?.id} order by id desc limit 20`
        await sql`update loom.jobs set event_seq = event_seq + 1`
      })
      tookMs.push(performance.now() - beganMs)
    }
  }
  const lanes = Promise.all([0, 1, 2, 3].map(lane))
  return async () => {
    open = false
    await lanes
    await store.end()
    const sorted = tookMs.toSorted((a, b) => a - b)
    const at = (share: number) => (sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(1)
    return `${sorted.length} transactions, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, most ${at(0.9999)} ms`
  }
}

async function measure(name: string, url: string, run: () => Promise<number>): Promise<number> {
  const stop = work(url)
  const beganMs = performance.now()
  const rows = await run()
  const perSecond = rows / ((performance.now() - beganMs) / 1_000)
  console.log(`${name.padEnd(12)} ${rows} rows, ${Math.round(perSecond)} rows/s; the app: ${await stop()}`)
  return perSecond
}

async function purged(url: string): Promise<number> {
  const store = storeOn(url, 'loom_purge', 2)
  const rows = values.rows === undefined ? {} : { rows: Number(values.rows) }
  const deps = { store, front: store, ...rows }
  let count = 0
  for (const table of tablesByAge()) if (table.key === 'events') count += await purgeByAge(deps, table)
  count += (await purgeMessages(deps)).removed
  await store.end()
  return count
}

async function deleted(url: string): Promise<number> {
  const sql = postgres(url, { max: 1, onnotice: () => undefined })
  let count = 0
  for (const table of ['events', 'messages']) {
    const gone = await sql.unsafe(`delete from loom.${table} where created_at <= now() - interval '90 days'`)
    count += gone.count
  }
  await sql.end()
  return count
}

async function timed(name: string, run: () => Promise<string>): Promise<void> {
  const beganMs = performance.now()
  const said = await run()
  console.log(`${name.padEnd(12)} ${((performance.now() - beganMs) / 1_000).toFixed(1)} s; ${said}`)
}

async function checked(url: string): Promise<string> {
  const store = storeOn(url, 'loom_dump', 2)
  const { body } = await checkPolicy({ store, lookAtQueue: async () => ({ lanes: [] }) })
  await store.end()
  return `${body.findings.length} findings`
}

async function forgot(url: string): Promise<string> {
  const [store, purge] = [storeOn(url, 'loom_app', 2), storeOn(url, 'loom_purge', 2)]
  const [tenantId = ''] = tenants
  const [row] = await asAdmin(url, (sql) => sql`select id from loom.identities where tenant_id = ${tenantId}`)
  await store.vault.create(tenantId)
  const context = { tenantId, actor: { kind: 'operator' } } as const
  await forgetPerson(store, context, { identityId: String(row?.id) })
  while ((await driveErasures({ store, purge, processors: [], ports: [] })) > 0);
  const left = await asAdmin(
    url,
    (sql) => sql`select 1 from loom.messages where identity_id = ${row?.id ?? ''}`,
  )
  const [tombstone] = await asAdmin(url, (sql) => sql`select counts from loom.tombstones`)
  await Promise.all([store.end(), purge.end()])
  return `${JSON.stringify(tombstone?.counts)}, ${left.length} messages left`
}

async function asAdmin(
  url: string,
  work: (sql: postgres.Sql) => PromiseLike<postgres.RowList<postgres.Row[]>>,
) {
  const sql = postgres(url, { max: 1, onnotice: () => undefined })
  try {
    return await work(sql)
  } finally {
    await sql.end({ timeout: 5 })
  }
}

const names = ['source', 'bare', 'batches'].map((name) => `loom_bench_${mark}_${name}`)
const [source = '', bare = '', batches = ''] = names
try {
  await admin.unsafe(`create database ${source}`)
  await migrateDatabase(urlOf(source))
  await fill(urlOf(source))
  for (const name of [bare, batches])
    await admin.unsafe(`create database ${name} template ${source} strategy file_copy`)
  await timed('the proof', () => checked(urlOf(batches)))
  await measure('nothing', urlOf(batches), async () => {
    await new Promise((resolve) => setTimeout(resolve, 5_000))
    return 0
  })
  const alone = await measure('one DELETE', urlOf(bare), () => deleted(urlOf(bare)))
  const inBatches = await measure('the purge', urlOf(batches), () => purged(urlOf(batches)))
  await timed('forgetting', () => forgot(urlOf(batches)))
  console.log(`ratio of the purge's rows/s to one bare DELETE's: ${(inBatches / alone).toFixed(2)}`)
} finally {
  for (const name of names) await admin.unsafe(`drop database if exists ${name} with (force)`)
  await admin.end()
  await rm(home, { recursive: true, force: true })
}
