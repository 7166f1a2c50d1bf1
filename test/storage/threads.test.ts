import { randomUUID } from 'node:crypto'
import { describe, expect, it, vi } from 'vitest'
import type { ThreadMessage } from '../../src/core/brief.ts'
import { threadId } from '../../src/core/thread-id.ts'
import { claimDeliveries, loadDelivery } from '../../src/storage/deliveries/claim.ts'
import { sayInThread } from '../../src/storage/deliveries/say.ts'
import { giveFeedback } from '../../src/storage/feedback/give.ts'
import { changeIdentity } from '../../src/storage/identities/change.ts'
import { ensurePerson } from '../../src/storage/identities/ensure.ts'
import { takeOnce } from '../../src/storage/inbox/take-once.ts'
import { listJobs } from '../../src/storage/jobs/list.ts'
import { mayDecide } from '../../src/storage/jobs/may-decide.ts'
import { stopJob } from '../../src/storage/jobs/stop.ts'
import { changeThreadMessage, removeThreadMessage } from '../../src/storage/threads/change.ts'
import { findThread, findThreads } from '../../src/storage/threads/find.ts'
import { keepThreadMessage } from '../../src/storage/threads/keep.ts'
import { keepHistory } from '../../src/storage/threads/keep-history.ts'
import { usageReport } from '../../src/storage/usage/report.ts'
import { createClock } from '../support/clock.ts'
import { describeOneServer } from '../support/store.ts'
import { only, openTenant, sealerOf, systemOf, type Tenant, useBed } from './support/bed.ts'
import { accept, claim, openJob } from './support/jobs.ts'

const thread = threadId('slack', 'C1', '1.1')
const message = (part: Partial<ThreadMessage> = {}): ThreadMessage => ({
  key: 'slack:T1:C1:1.2',
  author: { kind: 'person', externalId: 'U1', name: 'Ana' },
  text: 'words',
  files: [],
  saidAtMs: 5_000,
  ...part,
})

describeOneServer('a thread', (server) => {
  const bed = useBed(server)

  const keep = (tenant: Tenant, part?: Partial<ThreadMessage>) =>
    keepThreadMessage(tenant.store, tenant.context, { thread, message: message(part) })
  const textsOf = async (tenant: Tenant) => {
    const sealer = await sealerOf(tenant)
    const rows = await bed().admin`
      select id, body_sealed from loom.messages where tenant_id = ${tenant.tenantId} order by said_at`
    return rows.map(({ body_sealed, id }) => sealer.openText(`messages.body:${id}`, body_sealed))
  }
  describe('that Loom has nothing to do with', () => {
    it('keeps nothing, and is asked after once', async () => {
      const tenant = await openTenant(bed())
      let asked = 0
      const sql = new Proxy(tenant.store.sql, {
        get(target, name) {
          if (name === 'begin' || name === 'reserve') asked += 1
          return Reflect.get(target, name)
        },
      })
      const kept = await keepThreadMessage({ ...tenant.store, sql }, tenant.context, {
        thread,
        message: message(),
      })
      expect(kept).toBe(false)
      expect(asked).toBe(1)
      expect(await findThread(tenant.store, tenant.context, { thread })).toBeUndefined()
      expect(await textsOf(tenant)).toEqual([])
    })

    it('keeps nothing either when Loom had only a word to say in it', async () => {
      const tenant = await openTenant(bed())
      const { context, installationId, store } = tenant
      await sayInThread(store, context, { installationId, thread, subject: 'not-here', text: 'Not here.' })
      expect(await keep(tenant)).toBe(false)
      expect(await findThread(store, context, { thread })).toMatchObject({ installationId })
    })
  })

  describe('that Loom works in', () => {
    it('keeps each message of others once, and none of Loom’s own', async () => {
      const tenant = await openTenant(bed())
      await accept(tenant, { thread, text: 'Go', saidAtMs: 1 })
      expect(await Promise.all([keep(tenant), keep(tenant), keep(tenant)])).toEqual(
        expect.arrayContaining([true, false, false]),
      )
      expect(await keep(tenant, { key: 'own', author: { kind: 'loom', externalId: 'U0' } })).toBe(false)
      expect(
        await keep(tenant, { key: 'bot', author: { kind: 'bot', externalId: 'B1' }, saidAtMs: 6_000 }),
      ).toBe(true)
      expect(await textsOf(tenant)).toEqual(['Go', 'words', 'words'])
    })

    it('is found among others, in the order in which they are asked for', async () => {
      const tenant = await openTenant(bed())
      const { context, store } = tenant
      const [first, none, second] = ['a', 'b', 'c'].map((id) => threadId('local', 'many', id))
      if (!first || !none || !second) throw new Error('no threads')
      const one = await accept(tenant, { thread: first, key: 'one' })
      const other = await accept(tenant, { thread: second, key: 'other' })
      const found = await findThreads(store, context, { threads: [second, none, first, second] })
      const jobs = found.map((thread) => thread?.live?.jobId)
      expect(jobs).toEqual([other.jobId, undefined, one.jobId, other.jobId])
      expect(await findThreads(store, context, { threads: [] })).toEqual([])
    })

    it('is locked before its job by who reads its history, as by who replies in it: neither waits for the other', async () => {
      const tenant = await openTenant(bed())
      const { jobId } = await openJob(bed(), tenant, { thread, hasHistory: true })
      const holder = randomUUID()
      const task = only(await claim(tenant, { holder, lane: 'bot' }))
      const waits = () => bed().admin`
        select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
      let reading: Promise<void> | undefined
      await bed().admin.begin(async (reply) => {
        await reply`select 1 from loom.threads where address = ${thread} for no key update`
        reading = keepHistory(tenant.store, systemOf(tenant), { task, holder, messages: [message()] })
        await vi.waitUntil(async () => (await waits()).length > 0, { timeout: 20_000, interval: 10 })
        await reply`select 1 from loom.jobs where id = ${jobId} for no key update nowait`
      })
      await reading
      expect(await textsOf(tenant)).toContain('words')
    })

    it('says which job runs in it, and which ended last, of whom', async () => {
      const tenant = await openTenant(bed())
      const { context, identityId, installationId, store } = tenant
      const { jobId } = await accept(tenant, { thread })
      const live = { jobId, state: 'received' }
      expect(await findThread(store, context, { thread })).toEqual({
        threadId: expect.any(String),
        installationId,
        live,
      })
      await stopJob(store, context, { jobId: jobId ?? '', state: 'cancelled', answer: 'x' })
      const next = await accept(tenant, { thread })
      expect(await findThread(store, context, { thread })).toEqual({
        threadId: expect.any(String),
        installationId,
        live: { jobId: next.jobId, state: 'received' },
        last: { jobId, askedBy: identityId },
      })
    })

    it('follows what its people change and take back, files too', async () => {
      const tenant = await openTenant(bed())
      const { context, store } = tenant
      const { jobId } = await accept(tenant, { thread, text: 'Go', saidAtMs: 1 })
      await keep(tenant)
      await stopJob(store, context, { jobId: jobId ?? '', state: 'cancelled', answer: 'x' })
      const { key } = message()
      const change = (text: string) => changeThreadMessage(store, context, { thread, key, text })
      expect(await change('words')).toBe(false)
      expect(await change('better words')).toBe(true)
      const files = [{ name: 'a.csv', source: 'slack:F1' }]
      expect(await changeThreadMessage(store, context, { thread, key, text: '', files })).toBe(true)
      expect(await changeThreadMessage(store, context, { thread, key, text: '', files })).toBe(false)
      expect(await changeThreadMessage(store, context, { thread, key: 'unknown', text: 'x' })).toBe(false)
      expect(await removeThreadMessage(store, context, { thread, key })).toBe(true)
      expect(await change('more')).toBe(false)
      const row = only(
        await bed().admin`
        select files_sealed, removed_at from loom.messages where tenant_id = ${tenant.tenantId} and removed_at is not null`,
      )
      expect(row.files_sealed).toBeNull()
      expect((await textsOf(tenant)).slice(0, 2)).toEqual(['Go', ''])
    })
  })

  describe('to which there is something to say without a job', () => {
    it('is told once for each subject, whomever it is for', async () => {
      const tenant = await openTenant(bed())
      const { context, installationId, store } = tenant
      const say = (subject: string, onlyFor?: string) =>
        sayInThread(store, context, {
          installationId,
          thread,
          subject,
          text: '{"text":"not JSON to us"}',
          ...(onlyFor === undefined ? {} : { onlyFor }),
        })
      await Promise.all([say('a', 'U1'), say('a', 'U1'), say('b')])
      const due = await claimDeliveries(store, {
        platform: 'slack',
        holder: tenant.identityId,
        limit: 10,
        leaseMs: 1_000,
      })
      const loaded = await Promise.all(due.map((one) => loadDelivery(store, one)))
      expect(loaded.toSorted((x, y) => ((x?.subject ?? '') < (y?.subject ?? '') ? -1 : 1))).toMatchObject([
        {
          jobId: undefined,
          kind: 'notice',
          text: '{"text":"not JSON to us"}',
          onlyFor: 'U1',
          jobEnded: true,
        },
        { jobId: undefined, kind: 'notice', onlyFor: undefined, thread, installationId },
      ])
    })
  })

  describe('by the people in it', () => {
    it('knows each of them once; the first name stays until the platform says another', async () => {
      const tenant = await openTenant(bed())
      const { context, store } = tenant
      const person = (name?: string) =>
        ensurePerson(store, context, { platform: 'slack', externalId: 'U1', ...(name ? { name } : {}) })
      const first = await person()
      expect(first).toEqual({ identityId: first.identityId, role: 'member', ignored: false })
      expect(await person('Ana')).toEqual(first)
      expect(await person('Eve')).toEqual(first)
      const { identityId } = first
      const nameOf = async () => {
        const row = only(await bed().admin`select name_sealed from loom.identities where id = ${identityId}`)
        return (await sealerOf(tenant)).openText(`identities.name:${identityId}`, row.name_sealed)
      }
      expect(await nameOf()).toBe('Ana')
      await changeIdentity(store, context, { identityId, name: 'Ana B.', role: 'admin' })
      expect(await nameOf()).toBe('Ana B.')
      expect(await person()).toEqual({ ...first, role: 'admin' })
      await bed().admin`update loom.identities set ignored_at = now() where id = ${identityId}`
      expect(await person()).toMatchObject({ ignored: true })
    })

    it('lets only who asked, or an admin, decide for a job', async () => {
      const tenant = await openTenant(bed())
      const { store, tenantId } = tenant
      const asker = await ensurePerson(store, tenant.context, { platform: 'slack', externalId: 'U1' })
      const other = await ensurePerson(store, tenant.context, { platform: 'slack', externalId: 'U2' })
      const as = ({ identityId }: { identityId: string }) =>
        ({ tenantId, actor: { kind: 'person', identityId } }) as const
      const { jobId } = await openJob(bed(), { ...tenant, identityId: asker.identityId, context: as(asker) })
      expect(await mayDecide(store, as(asker), { jobId })).toBe(true)
      expect(await mayDecide(store, as(other), { jobId })).toBe(false)
      expect(await mayDecide(store, { tenantId, actor: { kind: 'system' } }, { jobId })).toBe(false)
      await changeIdentity(store, tenant.context, { ...other, role: 'admin' })
      expect(await mayDecide(store, as(other), { jobId })).toBe(true)
    })

    it('keeps one word of each on a job, the last', async () => {
      const tenant = await openTenant(bed())
      const { context, store } = tenant
      const { jobId } = await openJob(bed(), tenant)
      expect(await giveFeedback(store, context, { jobId, value: 1 })).toBe('given')
      expect(await giveFeedback(store, context, { jobId, value: -1 })).toBe('given')
      expect(await giveFeedback(store, context, { jobId: tenant.identityId, value: 1 })).toBeUndefined()
      const rows = await bed().admin`select value from loom.feedback where job_id = ${jobId}`
      expect(rows).toEqual([{ value: -1 }])
    })

    it('takes what is delivered twice once', async () => {
      const tenant = await openTenant(bed())
      const take = () => takeOnce(tenant.store, tenant.context, { key: 'press-1', kind: 'press' })
      expect((await Promise.all([take(), take(), take()])).filter(Boolean)).toHaveLength(1)
    })

    it('lists the jobs of one of them, of one thread, or those that run', async () => {
      const tenant = await openTenant(bed())
      const { context, identityId, store } = tenant
      const first = await openJob(bed(), tenant, { thread, text: 'one' })
      const second = await openJob(bed(), tenant, { text: 'two' })
      await stopJob(store, context, { jobId: first.jobId, state: 'cancelled', answer: 'x' })
      const list = async (part: object) =>
        (await listJobs(store, context, { limit: 10, ...part })).map(({ jobId }) => jobId)
      expect(await list({})).toEqual([second.jobId, first.jobId])
      expect(await list({ live: true })).toEqual([second.jobId])
      expect(await list({ live: false, askedBy: identityId })).toEqual([first.jobId])
      const { threadId: id = '' } = (await findThread(store, context, { thread })) ?? {}
      expect(await list({ threadId: id })).toEqual([first.jobId])
      expect(await listJobs(store, context, { limit: 1, live: false })).toEqual([
        {
          jobId: first.jobId,
          title: 'one',
          state: 'cancelled',
          reason: undefined,
          costMicroUsd: 0,
          capMicroUsd: 5_000_000,
          startedAtMs: expect.any(Number),
          thread,
          threads: [thread],
        },
      ])
    })

    it('says what the month and the day came to, beside the cap', async () => {
      const tenant = await openTenant(bed())
      const { jobId } = await openJob(bed(), tenant)
      const use = (cost: number, model: string, at: Date) => bed().admin`
        insert into loom.usage_events (tenant_id, id, kind, subject_id, job_id, provider, model, cost_micro_usd, duration_ms, created_at)
        values (${tenant.tenantId}, gen_random_uuid(), 'step', gen_random_uuid(), ${jobId}, 'anthropic', ${model}, ${cost}, 1, ${at})`
      const now = Date.UTC(2026, 9, 15, 12)
      await use(100, 'a', new Date(Date.UTC(2026, 8, 30, 23, 59)))
      await use(200, 'a', new Date(Date.UTC(2026, 9, 1)))
      await use(300, 'b', new Date(Date.UTC(2026, 9, 15, 1)))
      await use(50, 'a', new Date(Date.UTC(2026, 9, 15, 2)))
      await bed().admin`update loom.jobs set created_at = ${new Date(now)} where id = ${jobId}`
      const clock = createClock()
      await clock.join(bed())
      await clock.goTo((now - Date.now()) / 86_400_000)
      const report = await usageReport({ ...tenant.store, now: () => now }, tenant.context)
      expect(report).toEqual({
        monthMicroUsd: 550,
        monthCapMicroUsd: 100_000_000,
        todayMicroUsd: 350,
        jobsThisMonth: 1,
        byModel: [
          { model: 'anthropic/b', costMicroUsd: 300, steps: 1 },
          { model: 'anthropic/a', costMicroUsd: 250, steps: 2 },
        ],
      })
      await clock.goTo(0)
    })
  })
})
