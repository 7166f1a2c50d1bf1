import { randomUUID } from 'node:crypto'
import { describe, expect, inject, it } from 'vitest'
import { threadId } from '../../src/core/thread-id.ts'
import { starArtifact, unstarArtifact } from '../../src/storage/artifacts/change.ts'
import { findArtifact } from '../../src/storage/artifacts/find.ts'
import { keepMessage } from '../../src/storage/briefs/keep-message.ts'
import { inTenant } from '../../src/storage/database.ts'
import { listJobs } from '../../src/storage/jobs/list.ts'
import { stopJob } from '../../src/storage/jobs/stop.ts'
import { suspendJob } from '../../src/storage/jobs/suspend.ts'
import { objectKeys } from '../../src/storage/objects/keys.ts'
import { keepThreadMessage } from '../../src/storage/threads/keep.ts'
import { openTenant, sealerOf, systemOf, useBed } from '../storage/support/bed.ts'
import { openJob } from '../storage/support/jobs.ts'
import { openVictim, tenantTables } from '../storage/support/victim.ts'
import { createClock } from '../support/clock.ts'
import { countOf, finishedJob, keysOf, runPurge } from './support.ts'

const [server] = inject('servers')
if (!server) throw new Error('no test server')
const clock = createClock()
const bed = useBed(server, { keepRows: true, clock })

/** What stays of an account when everything that has a period is over. */
const lasting = [
  'identities',
  'installations',
  'members',
  'provider_keys',
  'schedules',
  'tenants',
  'threads',
  'tombstones',
]

describe('time', () => {
  it('takes usage after 30 days, the audit log after 7, all else of a brief after 90, and requests after 120', async () => {
    await clock.goTo(0)
    const victim = await openVictim(bed())
    const of = (table: string) => countOf(bed(), table, victim.tenantId)
    const before = new Map<string, number>()
    for (const table of await tenantTables(bed())) before.set(table, await of(table))
    expect([...before.values()].every((count) => count > 0)).toBe(true)

    await clock.goTo(1.9)
    await runPurge(bed())
    expect(await of('exports')).toBe(before.get('exports'))
    await clock.goTo(2.1)
    await runPurge(bed())
    expect(await of('exports')).toBe(0)
    before.delete('exports')
    await clock.goTo(6.9)
    await runPurge(bed())
    for (const [table, count] of before) expect([table, await of(table)]).toEqual([table, count])
    await clock.goTo(7.1)
    await runPurge(bed())
    expect([await of('audit_log'), await of('usage_events')]).toEqual([0, before.get('usage_events')])
    await clock.goTo(30.1)
    await runPurge(bed())
    expect([await of('usage_events'), await of('jobs')]).toEqual([0, before.get('jobs')])
    await clock.goTo(59)
    await runPurge(bed())
    expect(await of('steps')).toBe(before.get('steps'))

    // Jobs that nobody ended did so in the night of the 60th day, and wrote an answer then.
    await clock.goTo(60.1)
    expect((await runPurge(bed())).endedJobs).toBe(2)
    await clock.goTo(90.1)
    const report = await runPurge(bed())
    expect(report.faults).toEqual([])
    expect(report.ages.filter(({ oldestHours }) => oldestHours !== undefined)).toEqual([])
    const left = await Promise.all([...before.keys()].map(async (table) => [table, await of(table)] as const))
    const there = left.filter(([, count]) => count > 0).map(([table]) => table)
    expect(there.sort()).toEqual([...lasting, 'artifacts', 'job_people', 'requests'].sort())

    // What only something else named that went then.
    await clock.goTo(150.2)
    await runPurge(bed())
    const end = await Promise.all([...before.keys()].map(async (table) => [table, await of(table)] as const))
    expect(
      end
        .filter(([, count]) => count > 0)
        .map(([table]) => table)
        .sort(),
    ).toEqual([...lasting, 'artifacts', 'job_people'].sort())
    expect(await of('threads')).toBe(1)
  })

  it('hides a row at the moment it is over, from readers and changes alike, before any purge', async () => {
    await clock.goTo(0)
    const tenant = await openTenant(bed())
    const { jobId } = await openJob(bed(), tenant)
    const see = () =>
      inTenant(tenant.store, tenant.tenantId, async ({ sql }) => ({
        messages: (await sql`select 1 from loom.messages`).length,
        changed: (await sql`update loom.jobs set replans = replans where id = ${jobId}`).count,
        audit: (await sql`select 1 from loom.audit_log`).length,
      }))
    expect(await see()).toMatchObject({ messages: 1, changed: 1 })
    await clock.goTo(89.99)
    expect(await see()).toEqual({ messages: 1, changed: 1, audit: 0 })
    expect(await listJobs(tenant.store, tenant.context, { limit: 5 })).toHaveLength(1)
    await clock.goTo(90.01)
    expect(await see()).toEqual({ messages: 0, changed: 0, audit: 0 })
    expect(await listJobs(tenant.store, tenant.context, { limit: 5 })).toHaveLength(0)
    expect(await countOf(bed(), 'messages', tenant.tenantId)).toBe(1)
    await clock.goTo(0)
  })

  it('ends a job that has waited for 30 days, in words, and none that waited for less or works', async () => {
    await clock.goTo(0)
    const tenant = await openTenant(bed())
    const [waits, works] = [await openJob(bed(), tenant), await openJob(bed(), tenant)]
    await clock.goTo(10)
    await bed().admin`update loom.jobs set state = 'running' where id = any(${[waits.jobId, works.jobId]})`
    await suspendJob(tenant.store, systemOf(tenant), { jobId: waits.jobId, reason: 'cap' })
    const states = async () => {
      const rows = await bed().admin`select id, state from loom.jobs where tenant_id = ${tenant.tenantId}`
      return new Map(rows.map((row) => [row.id, row.state]))
    }
    await clock.goTo(39.9)
    await runPurge(bed())
    expect(await states()).toEqual(
      new Map([
        [waits.jobId, 'suspended'],
        [works.jobId, 'running'],
      ]),
    )
    await clock.goTo(40.1)
    await runPurge(bed())
    expect(await states()).toEqual(
      new Map([
        [waits.jobId, 'cancelled'],
        [works.jobId, 'running'],
      ]),
    )
    await clock.goTo(0)
  })
})

describe('a brief', () => {
  it('lives no longer than its prompt, and its job ends a day before that goes', async () => {
    await clock.goTo(0)
    const tenant = await openTenant(bed())
    const thread = threadId('local', 'terminal', randomUUID())
    const message = {
      author: { kind: 'person', externalId: 'anna', name: 'Anna' },
      key: 'overheard',
      files: [],
    } as const
    // Overheard in the thread of an earlier job, and pointed at as a prompt eighty days later.
    const first = await openJob(bed(), tenant, { thread })
    await stopJob(tenant.store, systemOf(tenant), { jobId: first.jobId, state: 'done', answer: 'Done.' })
    await keepThreadMessage(tenant.store, tenant.context, {
      thread,
      message: { ...message, text: 'What changed in March?', saidAtMs: clock.now() },
    })
    await clock.goTo(80)
    const { jobId } = await openJob(bed(), tenant, {
      thread,
      key: 'overheard',
      text: 'What changed in March?',
    })
    const [cited] = await bed().admin`
      select m.created_at from loom.jobs j join loom.briefs b on b.id = j.brief_id
      join loom.messages m on m.id = b.prompt_message_id where j.id = ${jobId}`
    expect(clock.now() - cited?.created_at.getTime()).toBeGreaterThan(79 * 86_400_000)
    const state = async () => (await bed().admin`select state from loom.jobs where id = ${jobId}`)[0]?.state
    await clock.goTo(88.9)
    await runPurge(bed())
    expect(await state()).toBe('received')
    await clock.goTo(89.1)
    await runPurge(bed())
    expect(await state()).toBe('cancelled')
    await clock.goTo(90.1)
    expect((await runPurge(bed())).faults).toEqual([])
    expect(await state()).toBeUndefined()
    expect(await countOf(bed(), 'briefs', tenant.tenantId)).toBe(0)
    await clock.goTo(0)
  })
})

describe('a message', () => {
  it('that is said again under a key whose row is over and waits for the night is kept as a new one', async () => {
    await clock.goTo(0)
    const tenant = await openTenant(bed())
    const { thread } = await openJob(bed(), tenant, { key: 'the-key' })
    await clock.goTo(90.1)
    const sealer = await sealerOf(tenant)
    const id = await inTenant(tenant.store, tenant.tenantId, async (tx) => {
      const [row] = await tx.sql<{ id: string }[]>`select id from loom.threads where address = ${thread}`
      const said = {
        threadId: row?.id ?? '',
        identityId: tenant.identityId,
        text: 'Again',
        saidAtMs: clock.now(),
      }
      return keepMessage(
        { store: tenant.store, tx, sealer },
        { tenantId: tenant.tenantId, key: 'the-key', ...said },
      )
    })
    await runPurge(bed())
    const left = await bed().admin`select id from loom.messages where tenant_id = ${tenant.tenantId}`
    expect(left.map((row) => row.id)).toEqual([id])
    await clock.goTo(0)
  })
})

describe('a message that something younger still refers to', () => {
  it('stays alone, and is told of: all others go, those of other accounts too', async () => {
    await clock.goTo(0)
    const [tenant, other] = [await openTenant(bed()), await openTenant(bed())]
    for (const one of [tenant, other]) for (let many = 0; many < 12; many += 1) await openJob(bed(), one)
    const [held] = await bed().admin`
      select id from loom.messages where tenant_id = ${tenant.tenantId} order by created_at offset 5 limit 1`
    await clock.goTo(50)
    const { jobId } = await openJob(bed(), tenant)
    await bed().admin`update loom.jobs set answer_message_id = ${held?.id} where id = ${jobId}`
    await clock.goTo(90.1)
    const { faults, removed } = await runPurge(bed(), { rows: 10 })
    expect(faults).toEqual([{ class: 'messages', kind: 'conflict', detail: '1 held' }])
    expect(removed.messages).toBe(23)
    const left = await bed()
      .admin`select id from loom.messages where created_at <= loom.clock() - interval '90 days'`
    expect(left.map(({ id }) => id)).toEqual([held?.id])
    await bed().admin`update loom.jobs set answer_message_id = null where id = ${jobId}`
    expect((await runPurge(bed())).faults).toEqual([])
    expect(await countOf(bed(), 'messages', tenant.tenantId)).toBe(1)
    await clock.goTo(0)
  })
})

describe('a file', () => {
  it('goes after 90 days with its object, and one that is starred stays with its hash and date', async () => {
    await clock.goTo(0)
    const tenant = await openTenant(bed())
    const files = {
      'final/kept.md': 'kept',
      'final/gone.md': 'gone',
      'final/twin.md': 'shared',
      'final/two.md': 'shared',
    }
    const job = await finishedJob(bed(), tenant, { ...files, 'notes.md': 'never final' })
    const id = (path: string) => job.artifactIds.get(path) ?? ''
    for (const path of ['final/kept.md', 'final/twin.md']) {
      await starArtifact(tenant.store, tenant.context, { artifactId: id(path) })
    }
    const prefix = objectKeys.job({ tenantId: tenant.tenantId, jobId: job.jobId })
    expect(await keysOf(bed(), prefix)).toHaveLength(4)
    const before = await bed()
      .admin`select sha256, created_at from loom.artifacts where id = ${id('final/kept.md')}`
    await clock.goTo(90.1)
    await runPurge(bed())
    expect(await countOf(bed(), 'jobs', tenant.tenantId)).toBe(0)
    // The starred one, and the content that a starred and an unstarred one share.
    expect(await keysOf(bed(), prefix)).toHaveLength(2)
    expect(await countOf(bed(), 'artifacts', tenant.tenantId)).toBe(2)
    const find = () =>
      findArtifact(tenant.store, tenant.context, { artifactId: id('final/kept.md'), issuedAtMs: clock.now() })
    expect(await find()).toMatchObject({ path: 'final/kept.md', bytes: 4 })
    const after = await bed()
      .admin`select sha256, created_at from loom.artifacts where id = ${id('final/kept.md')}`
    expect(after).toEqual(before)

    await clock.goTo(400)
    await runPurge(bed())
    await unstarArtifact(tenant.store, tenant.context, { artifactId: id('final/kept.md') })
    expect(await find()).toBeDefined()
    await clock.goTo(400.1)
    expect(await find()).toBeUndefined()
    await runPurge(bed())
    expect(await keysOf(bed(), prefix)).toHaveLength(1)
    expect(await countOf(bed(), 'artifacts', tenant.tenantId)).toBe(1)
    await clock.goTo(0)
  })

  it('that no row names goes once it is a day old, and what belongs to a living job stays', async () => {
    await clock.goTo(0)
    const tenant = await openTenant(bed())
    const job = await openJob(bed(), tenant)
    const { objects } = bed().store()
    const put = (tenantId: string, jobId: string) =>
      objects.put(objectKeys.blob({ tenantId, jobId }, 'a'.repeat(64)), Buffer.from('x'), {
        mediaType: 'text/plain',
      })
    await put(tenant.tenantId, job.jobId)
    await put(tenant.tenantId, randomUUID())
    await put(randomUUID(), randomUUID())
    await objects.put('doctor/probe', Buffer.from('x'), { mediaType: 'text/plain' })
    const count = async () => (await keysOf(bed())).filter((key) => key.includes('a'.repeat(64))).length
    const all = await count()
    await clock.goTo(0.9)
    await runPurge(bed())
    expect(await count()).toBe(all)
    await clock.goTo(1.1)
    expect((await runPurge(bed())).removed.objects).toBe(3)
    expect(await keysOf(bed(), tenant.tenantId)).toHaveLength(1)
    expect(await keysOf(bed(), 'doctor')).toHaveLength(0)
    await clock.goTo(0)
  })
})
