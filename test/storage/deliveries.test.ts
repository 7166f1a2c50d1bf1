import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { ThreadId } from '../../src/core/thread-id.ts'
import { inTenant } from '../../src/storage/database.ts'
import { claimDeliveries, loadDelivery } from '../../src/storage/deliveries/claim.ts'
import { freeLostDeliveries } from '../../src/storage/deliveries/free.ts'
import { openDelivery, threadHash } from '../../src/storage/deliveries/open.ts'
import { othersArePending } from '../../src/storage/deliveries/order.ts'
import { restIdleCards } from '../../src/storage/deliveries/rest-idle.ts'
import { sayInThread } from '../../src/storage/deliveries/say.ts'
import { lookAgain, markShown, markUnsent } from '../../src/storage/deliveries/settle.ts'
import { stopJob } from '../../src/storage/jobs/stop.ts'
import { startLeaseKeeper } from '../../src/storage/leases/keeper.ts'
import { describeEachServer } from '../support/store.ts'
import { only, openTenant, sealerOf, systemOf, type Tenant, useBed } from './support/bed.ts'
import { openJob } from './support/jobs.ts'

describeEachServer('deliveries', (server) => {
  const bed = useBed(server)

  const take = (part: Partial<Parameters<typeof claimDeliveries>[1]> = {}) =>
    claimDeliveries(bed().store(), {
      platform: 'local',
      holder: randomUUID(),
      limit: 50,
      leaseMs: 60_000,
      ...part,
    })
  /** A job whose card is the only thing due. */
  const cardOf = async (tenant: Tenant) => {
    const job = await openJob(bed(), tenant)
    const row = only(await bed().admin`select id from loom.deliveries where job_id = ${job.jobId}`)
    return { ...job, due: { deliveryId: String(row.id), tenantId: tenant.tenantId } }
  }
  const rowOf = async (deliveryId: string) =>
    only(await bed().admin`select * from loom.deliveries where id = ${deliveryId}`)

  describe('that say what stands nowhere else', () => {
    const wordTo = async (tenant: Tenant) => {
      const { installationId } = tenant
      const at = {
        installationId,
        thread: `local:terminal:${randomUUID()}` as ThreadId,
        subject: randomUUID(),
      }
      await sayInThread(tenant.store, systemOf(tenant), { ...at, text: 'a file of yours' })
      const [due] = await take()
      if (!due) throw new Error('nothing is due')
      return due
    }
    it('keep their words while they are tried, and no longer once they are shown', async () => {
      const tenant = await openTenant(bed())
      const due = await wordTo(tenant)
      await markUnsent(tenant.store, { ...due, errorKind: 'unavailable', retryInMs: 0 })
      expect((await loadDelivery(tenant.store, due))?.text).toContain('a file of yours')
      await markShown(tenant.store, { ...due, ref: 'm-1', shownSeq: 0, last: true, nextInMs: 0 })
      expect(await rowOf(due.deliveryId)).toMatchObject({ state: 'sent', body_sealed: null })
    })

    it('lose them when they are given up', async () => {
      const tenant = await openTenant(bed())
      const due = await wordTo(tenant)
      await markUnsent(tenant.store, { ...due, errorKind: 'not_found', retryInMs: undefined })
      expect(await rowOf(due.deliveryId)).toMatchObject({ state: 'failed', body_sealed: null })
    })
  })

  describe('that are due', () => {
    it('are claimed once by the platform they are for, oldest first', async () => {
      const tenant = await openTenant(bed())
      const cards = [await cardOf(tenant), await cardOf(tenant), await cardOf(tenant)]
      for (const [index, { due }] of cards.entries()) {
        const age = 60 - index * 10
        await bed()
          .admin`update loom.due_deliveries set due_at = now() - ${age} * interval '1 second' where delivery_id = ${due.deliveryId}`
      }
      expect(await take({ platform: 'slack' })).toEqual([])
      expect(await take({ limit: 1 })).toEqual([cards[0]?.due])
      const rest = await take()
      expect(rest.map((due) => due.deliveryId).sort()).toEqual(
        cards
          .slice(1)
          .map(({ due }) => due.deliveryId)
          .sort(),
      )
      expect(await take()).toEqual([])
    })

    it('go to one claimer each when many claim at once', async () => {
      const tenant = await openTenant(bed())
      for (let index = 0; index < 12; index += 1) await openJob(bed(), tenant)
      const taken: string[] = []
      while (taken.length < 12) {
        const round = (await Promise.all(Array.from({ length: 6 }, () => take({ limit: 3 })))).flat()
        expect(round.length).toBeGreaterThan(0)
        taken.push(...round.map((due) => due.deliveryId))
      }
      expect(new Set(taken).size).toBe(12)
    })

    it('are found by the keyed hash of their thread alone, by who serves only that thread', async () => {
      const tenant = await openTenant(bed())
      const [mine] = [await cardOf(tenant), await cardOf(tenant)]
      const sealer = await sealerOf(tenant)
      expect(await take({ threadHashes: [] })).toEqual([])
      expect(await take({ threadHashes: [threadHash(sealer, 'local:terminal:other')] })).toEqual([])
      expect(await take({ threadHashes: [threadHash(sealer, mine.thread)] })).toEqual([mine.due])
    })

    it('can be claimed again when the claimer went away, and not before their time', async () => {
      const tenant = await openTenant(bed())
      const { due } = await cardOf(tenant)
      expect(await take({ leaseMs: 0 })).toEqual([due])
      expect(await take()).toEqual([{ ...due, retaken: true }])
      await bed().admin`update loom.due_deliveries set holder = null, due_at = now() + interval '1 hour'`
      expect(await take()).toEqual([])
    })
  })

  describe('of a process that is gone', () => {
    const silent = { leaseMs: 60_000, silentMs: 0 }

    it('are told by its presence: with the lock they stay, without it they are free, perhaps shown already', async () => {
      const tenant = await openTenant(bed())
      const [holder, other] = [randomUUID(), randomUUID()]
      await bed().admin`update loom.due_deliveries set due_at = now() + interval '1 hour'`
      const [kept, lost] = [await cardOf(tenant), await cardOf(tenant)]
      await bed()
        .admin`update loom.due_deliveries set platform = 'slack' where tenant_id = ${tenant.tenantId}`
      const keeper = startLeaseKeeper({
        url: bed().url,
        role: 'loom_app',
        holder,
        leaseMs: 60_000,
        onHeld: () => undefined,
        onFault: (fault) => expect(fault).toBeUndefined(),
      })
      await keeper.ready
      const mine = only(await take({ platform: 'slack', holder, limit: 1 }))
      const theirs = only(await take({ platform: 'slack', holder: other, limit: 1 }))
      expect(await freeLostDeliveries(bed().store(), { leaseMs: 60_000, silentMs: 5_000 })).toBe(0)
      expect(await freeLostDeliveries(bed().store(), silent)).toBe(1)
      expect(await take({ platform: 'slack' })).toEqual([{ ...theirs, retaken: true }])
      await keeper.close()
      await freeLostDeliveries(bed().store(), silent)
      expect(await take({ platform: 'slack' })).toContainEqual({ ...mine, retaken: true })
      expect([mine, theirs].map(({ deliveryId }) => deliveryId).sort()).toEqual(
        [kept, lost].map(({ due }) => due.deliveryId).sort(),
      )
    })

    it('are left to the lease where they are a terminal’s, which shows no presence', async () => {
      const tenant = await openTenant(bed())
      await cardOf(tenant)
      await take()
      await freeLostDeliveries(bed().store(), silent)
      expect(await take()).toEqual([])
    })
  })

  describe('as the outbox loads them', () => {
    it('bring what is needed to send them', async () => {
      const tenant = await openTenant(bed())
      const { due, jobId, thread } = await cardOf(tenant)
      expect(await loadDelivery(tenant.store, due)).toEqual({
        id: due.deliveryId,
        tenantId: tenant.tenantId,
        installationId: tenant.installationId,
        onlyFor: undefined,
        jobId,
        thread,
        kind: 'card',
        subject: '',
        ref: undefined,
        text: undefined,
        attempts: 0,
        shownSeq: -1,
        eventSeq: 1,
        jobEnded: false,
      })
      await stopJob(tenant.store, tenant.context, { jobId, state: 'cancelled', answer: 'stopped' })
      expect(await loadDelivery(tenant.store, due)).toMatchObject({
        eventSeq: 2,
        jobEnded: true,
      })
    })

    it('are nothing when they are no longer there', async () => {
      const tenant = await openTenant(bed())
      expect(
        await loadDelivery(tenant.store, { deliveryId: randomUUID(), tenantId: tenant.tenantId }),
      ).toBeUndefined()
    })
  })

  describe('that the platform took', () => {
    it('remember the message and are looked at later, until the last time', async () => {
      const tenant = await openTenant(bed())
      const { due } = await cardOf(tenant)
      await take()
      await markShown(tenant.store, { ...due, ref: 'm-1', shownSeq: 4, last: false, nextInMs: 3_600_000 })
      expect(await rowOf(due.deliveryId)).toMatchObject({
        state: 'pending',
        shown_seq: '4',
        sent_at: expect.any(Date),
      })
      expect(await loadDelivery(tenant.store, due)).toMatchObject({ ref: 'm-1', shownSeq: 4 })
      expect(await take()).toEqual([])
      await lookAgain(tenant.store, { ...due, nextInMs: 0 })
      expect(await take()).toEqual([due])
      const { sent_at: firstSent } = await rowOf(due.deliveryId)
      for (let time = 0; time < 2; time += 1) {
        await markShown(tenant.store, { ...due, ref: 'm-1', shownSeq: 3, last: true, nextInMs: 0 })
        expect(await rowOf(due.deliveryId)).toMatchObject({
          state: 'sent',
          shown_seq: '4',
          sent_at: firstSent,
        })
      }
      await lookAgain(tenant.store, { ...due, nextInMs: 0 })
      expect(await take()).toEqual([])
    })
  })

  describe('that are cards', () => {
    const shownSeq = async (deliveryId: string) => {
      const [row] = await bed().admin<{ seq: number }[]>`
        select j.event_seq::float8 as seq from loom.jobs j join loom.deliveries d on d.job_id = j.id where d.id = ${deliveryId}`
      return row?.seq ?? -1
    }
    /** Shown as it stands now, and due at once. */
    const show = async (tenant: Tenant, due: { deliveryId: string; tenantId: string }) =>
      markShown(tenant.store, {
        ...{ ...due, ref: 'm-1', last: false, nextInMs: 0 },
        shownSeq: await shownSeq(due.deliveryId),
      })

    it('go back to their place together as long as nothing is new of them, and in their holder’s hands alone', async () => {
      const tenant = await openTenant(bed())
      const cards = [await cardOf(tenant), await cardOf(tenant), await cardOf(tenant), await cardOf(tenant)]
      const [idle, moved, ended, unshown] = cards.map(({ due }) => due)
      if (!idle || !moved || !ended || !unshown) throw new Error('no cards')
      for (const due of [idle, moved, ended]) await show(tenant, due)
      await bed().admin`update loom.jobs j set event_seq = event_seq + 1 from loom.deliveries d
        where d.job_id = j.id and d.id = ${moved.deliveryId}`
      const endedJob = cards[2]?.jobId ?? ''
      await bed().admin`update loom.jobs set state = 'cancelled' where id = ${endedJob}`
      const holder = randomUUID()
      expect(await take({ holder })).toHaveLength(4)
      const input = { tenantId: tenant.tenantId, deliveryIds: cards.map(({ due }) => due.deliveryId) }
      const nextInMs = 3_600_000
      expect(await restIdleCards(tenant.store, { ...input, holder: randomUUID(), nextInMs })).toEqual([])
      expect(await restIdleCards(tenant.store, { ...input, holder, nextInMs: 0 })).toEqual([idle.deliveryId])
      expect(await take({ holder })).toEqual([idle])
      expect(await restIdleCards(tenant.store, { ...input, holder, nextInMs })).toEqual([idle.deliveryId])
      expect(await take({ holder })).toEqual([])
    })
  })

  describe('that the platform did not take', () => {
    it('are counted, wait, and come again; once the platform has taken it they count no more', async () => {
      const tenant = await openTenant(bed())
      const { due } = await cardOf(tenant)
      await take()
      await markUnsent(tenant.store, { ...due, errorKind: 'rate_limited', retryInMs: 0 })
      expect(await rowOf(due.deliveryId)).toMatchObject({
        state: 'pending',
        attempts: 1,
        error_kind: 'rate_limited',
      })
      expect(await take()).toEqual([due])
      await markShown(tenant.store, { ...due, ref: 'm', shownSeq: 1, last: false, nextInMs: 0 })
      expect(await rowOf(due.deliveryId)).toMatchObject({ attempts: 0, error_kind: null })
    })

    it('are given up when there is no next time', async () => {
      const tenant = await openTenant(bed())
      const { due } = await cardOf(tenant)
      await markUnsent(tenant.store, { ...due, errorKind: 'refused', retryInMs: undefined })
      expect(await rowOf(due.deliveryId)).toMatchObject({
        state: 'failed',
        attempts: 1,
        error_kind: 'refused',
      })
      expect(await take()).toEqual([])
    })
  })

  describe('of one job', () => {
    it('make the answer wait until the card has shown its last state', async () => {
      const tenant = await openTenant(bed())
      const { due, jobId, thread } = await cardOf(tenant)
      const pending = () => othersArePending(tenant.store, { tenantId: tenant.tenantId, jobId, thread })
      expect(await pending()).toBe(true)
      await markShown(tenant.store, { ...due, ref: 'm', shownSeq: 1, last: false, nextInMs: 0 })
      expect(await pending()).toBe(true)
      await markShown(tenant.store, { ...due, ref: 'm', shownSeq: 2, last: true, nextInMs: 0 })
      expect(await pending()).toBe(false)
      const other = await othersArePending(tenant.store, {
        tenantId: tenant.tenantId,
        jobId,
        thread: 'local:terminal:x',
      })
      expect(other).toBe(false)
    })

    it('are made once for each kind and subject, and a notice brings its own words, sealed', async () => {
      const tenant = await openTenant(bed())
      const { jobId, thread } = await cardOf(tenant)
      const sealer = await sealerOf(tenant)
      const row = only(await bed().admin`select thread_id from loom.job_threads where job_id = ${jobId}`)
      const notice = (subject: string) =>
        inTenant(tenant.store, tenant.tenantId, (tx) =>
          openDelivery(
            { store: tenant.store, tx, sealer },
            {
              tenantId: tenant.tenantId,
              jobId,
              threadId: row.thread_id,
              address: thread,
              kind: 'notice',
              subject,
              text: `about ${subject}`,
            },
          ),
        )
      const first = await notice('one')
      expect(first).toBeDefined()
      expect(await notice('one')).toBeUndefined()
      expect(await notice('two')).toBeDefined()
      const due = { deliveryId: first ?? '', tenantId: tenant.tenantId }
      expect(await loadDelivery(tenant.store, due)).toMatchObject({ kind: 'notice', text: 'about one' })
    })
  })
})
