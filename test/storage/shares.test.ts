import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { claimTasks, freeLostTasks } from '../../src/storage/tasks/claim.ts'
import type { HeldTask } from '../../src/storage/tasks/held.ts'
import { loadShares, type Share, slotsToYield } from '../../src/storage/tasks/shares.ts'
import { describeEachServer } from '../support/store.ts'
import { only, useBed } from './support/bed.ts'

type Move =
  | { kind: 'ready'; tenant: number; many: number }
  | { kind: 'claim'; worker: number; slots: number }
  | { kind: 'end'; worker: number; many: number }
  | { kind: 'lose'; worker: number }
type Of<Kind extends Move['kind']> = Extract<Move, { kind: Kind }>

describeEachServer('the dispatcher', (server) => {
  const bed = useBed(server)
  const store = () => bed().store()
  const ready = (tenantId: string, many: number) =>
    bed().admin`
      insert into loom.ready_tasks (task_id, tenant_id, job_id, lane)
      select gen_random_uuid(), ${tenantId}, gen_random_uuid(), 'worker' from generate_series(1, ${many})`
  const take = (holder: string, limit: number) =>
    claimTasks(store(), { lane: 'worker', holder, limit, leaseMs: 60_000 })

  describe('whoever hands in, claims, ends and is lost', () => {
    it('gives every free slot work, no task to two, and no tenant a turn before one that has fewer', async () => {
      const worker = fc.nat({ max: 2 })
      const move: fc.Arbitrary<Move> = fc.oneof(
        fc.record({
          kind: fc.constant('ready' as const),
          tenant: fc.nat({ max: 4 }),
          many: fc.integer({ min: 1, max: 30 }),
        }),
        fc.record({ kind: fc.constant('claim' as const), worker, slots: fc.integer({ min: 1, max: 12 }) }),
        fc.record({ kind: fc.constant('end' as const), worker, many: fc.nat({ max: 12 }) }),
        fc.record({ kind: fc.constant('lose' as const), worker }),
      )
      await fc.assert(
        fc.asyncProperty(fc.array(move, { minLength: 5, maxLength: 25 }), async (moves) => {
          await bed().admin`delete from loom.ready_tasks`
          const floor = openFloor()
          for (const next of moves) await floor[next.kind](next as never)
        }),
        { numRuns: 25, endOnFailure: true },
      )
    })
  })

  /** Five tenants and three workers, and what must be true of them after each move. */
  function openFloor() {
    const tenants = Array.from({ length: 5 }, () => ({ tenantId: randomUUID(), waiting: 0 }))
    const hands = Array.from({ length: 3 }, () => ({ holder: randomUUID(), tasks: [] as HeldTask[] }))
    const inHand = () => hands.flatMap(({ tasks }) => tasks)
    const heldBy = (tenantId: string) => inHand().filter((task) => task.tenantId === tenantId).length
    const handOf = (index: number) => only(hands.slice(index, index + 1))
    const count = (tasks: readonly HeldTask[], by: 1 | -1) => {
      for (const task of tasks) only(tenants.filter((each) => each.tenantId === task.tenantId)).waiting += by
    }
    return {
      async ready({ many, tenant }: Of<'ready'>) {
        const one = only(tenants.slice(tenant, tenant + 1))
        await ready(one.tenantId, many)
        one.waiting += many
      },
      async claim({ slots, worker }: Of<'claim'>) {
        const hand = handOf(worker)
        const free = tenants.reduce((sum, { waiting }) => sum + waiting, 0)
        const claimed = await take(hand.holder, slots)
        expect(claimed).toHaveLength(Math.min(slots, free))
        const before = new Set(inHand().map((task) => task.taskId))
        expect(claimed.filter((task) => before.has(task.taskId))).toEqual([])
        count(claimed, -1)
        hand.tasks.push(...claimed)
        // Nobody who still waits would have had an earlier turn than somebody who was served.
        const most = Math.max(0, ...claimed.map(({ tenantId }) => heldBy(tenantId)))
        const waiting = tenants.filter((each) => each.waiting > 0).map(({ tenantId }) => heldBy(tenantId))
        expect(most).toBeLessThanOrEqual(Math.min(...waiting) + 1)
      },
      async end({ many, worker }: Of<'end'>) {
        const ended = handOf(worker).tasks.splice(0, many)
        await bed().admin`
          delete from loom.ready_tasks where task_id = any(${ended.map((task) => task.taskId)}::uuid[])`
      },
      async lose({ worker }: Of<'lose'>) {
        const hand = handOf(worker)
        await bed().admin`update loom.ready_tasks set lease_until = now() where holder = ${hand.holder}`
        const freed = await freeLostTasks(store(), { leaseMs: 60_000, silentMs: 60_000 })
        const lost = hand.tasks.splice(0)
        expect(freed.map((task) => task.taskId).sort()).toEqual(lost.map((task) => task.taskId).sort())
        count(lost, 1)
        hand.holder = randomUUID()
      },
    }
  }

  describe('with ten thousand tasks of one tenant ready', () => {
    it('gives another’s three the very next turns, whichever process claims', async () => {
      const [much, little] = [randomUUID(), randomUUID()]
      await ready(much, 10_000)
      const [first, second] = [randomUUID(), randomUUID()]
      await Promise.all([take(first, 64), take(second, 64)])
      await ready(little, 3)
      const next: string[] = []
      for (const holder of [first, second, first])
        for (const task of await take(holder, 1)) next.push(task.tenantId)
      expect(next).toEqual([little, little, little])
    })

    it('tells a full process to make room for them, and where that comes from', async () => {
      const [much, little] = [randomUUID(), randomUUID()]
      await ready(much, 10_000)
      const holder = randomUUID()
      await Promise.all([take(holder, 8), take(randomUUID(), 8)])
      await ready(little, 3)
      const shares = await loadShares(store(), { lane: 'worker', holder, limit: 5 })
      expect(shares.sort((a, b) => a.held - b.held)).toEqual([
        { tenantId: little, waiting: 3, held: 0, here: 0 },
        { tenantId: much, waiting: 5, held: 16, here: 8 },
      ])
      expect([...slotsToYield(shares)]).toEqual([[much, 3]])
      expect([...slotsToYield(shares, 2)]).toEqual([[much, 1]])
      expect([...slotsToYield(shares, 4)]).toEqual([])
    })

    it('takes nothing from anybody while nobody else waits', async () => {
      await ready(randomUUID(), 10_000)
      const holder = randomUUID()
      await take(holder, 8)
      expect(slotsToYield(await loadShares(store(), { lane: 'worker', holder, limit: 5 })).size).toBe(0)
    })
  })
})

describe('the slots that a process yields', () => {
  const share = fc.record({
    waiting: fc.nat({ max: 6 }),
    here: fc.nat({ max: 10 }),
    elsewhere: fc.nat({ max: 10 }),
  })
  const sharesOf = (rows: readonly { waiting: number; here: number; elsewhere: number }[]): Share[] =>
    rows.map(({ elsewhere, here, waiting }, index) => ({
      tenantId: `t${index}`,
      waiting,
      here,
      held: here + elsewhere,
    }))
  /** The shares once the yielded slots were claimed by turns. */
  const settled = (shares: readonly Share[], yields: ReadonlyMap<string, number>) => {
    const after = shares.map((each) => {
      const gives = yields.get(each.tenantId) ?? 0
      return { ...each, gives, held: each.held - gives, here: each.here - gives }
    })
    for (let left = [...yields.values()].reduce((sum, many) => sum + many, 0); left > 0; left -= 1) {
      const taker = after.filter((each) => each.waiting > 0).sort((a, b) => a.held - b.held)[0]
      if (!taker) throw new Error('a slot was yielded to nobody')
      taker.held += 1
      taker.waiting -= 1
    }
    return after
  }

  it('leave nobody with less than whom they were given to, and end where no more can be evened out', () => {
    fc.assert(
      fc.property(fc.array(share, { maxLength: 8 }), (rows) => {
        const shares = sharesOf(rows)
        const after = settled(shares, slotsToYield(shares))
        const least = Math.min(...after.filter((each) => each.waiting > 0).map((each) => each.held))
        for (const each of after) {
          expect(each.here).toBeGreaterThanOrEqual(0)
          if (each.here > 0) expect(each.held).toBeLessThanOrEqual(least + 1)
          if (each.gives > 0) expect(each.held).toBeGreaterThanOrEqual(1)
        }
      }),
    )
  })
})
