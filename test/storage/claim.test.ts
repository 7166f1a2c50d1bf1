import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { inTenant } from '../../src/storage/database.ts'
import { takeBack } from '../../src/storage/jobs/moved.ts'
import { raiseCap, suspendJob } from '../../src/storage/jobs/suspend.ts'
import { startLeaseKeeper } from '../../src/storage/leases/keeper.ts'
import { commitSteps } from '../../src/storage/steps/commit.ts'
import { claimTasks, freeLostTasks, releaseTasks, waitingLanes } from '../../src/storage/tasks/claim.ts'
import { startTasks } from '../../src/storage/tasks/start.ts'
import { within } from '../queue/within.ts'
import { describeEachServer } from '../support/store.ts'
import { only, openTenant, systemOf, type Tenant, useBed } from './support/bed.ts'
import { claim, commitOf, stepOf, workingTask } from './support/jobs.ts'

describeEachServer('claiming', (server) => {
  const bed = useBed(server)
  const store = () => bed().store()

  /** Ready rows alone: a claim looks at nothing else. Each row is ready a little later than the one before. */
  const makeReady = async (
    many: number,
    options: { lane?: string; afterS?: number } = {},
  ): Promise<string> => {
    const tenantId = randomUUID()
    await bed().admin`
      insert into loom.ready_tasks (task_id, tenant_id, job_id, lane, ready_at)
      select gen_random_uuid(), ${tenantId}, gen_random_uuid(), ${options.lane ?? 'worker'},
             now() - interval '1 hour' + (${options.afterS ?? 0} + n) * interval '1 second'
      from generate_series(1, ${many}) as n`
    return tenantId
  }
  const take = (limit: number, holder: string = randomUUID()) =>
    claimTasks(store(), { lane: 'worker', holder, limit, leaseMs: 60_000 })
  const rowOf = async (taskId: string) =>
    only(await bed().admin`select *, fence::int as fence from loom.ready_tasks where task_id = ${taskId}`)

  describe('by many at once', () => {
    it('never gives one task to two, and gives every task to someone', async () => {
      await makeReady(150)
      const holders = Array.from({ length: 8 }, () => randomUUID())
      const taken: string[] = []
      while (taken.length < 150) {
        const claims = await Promise.all(holders.map((holder) => take(5, holder)))
        const round = claims.flat().map((task) => task.taskId)
        expect(round.length).toBeGreaterThan(0)
        taken.push(...round)
      }
      expect(new Set(taken).size).toBe(150)
      expect(await take(10)).toEqual([])
    })

    it('gives those who come second in the same moment what is left, not nothing', async () => {
      await makeReady(1_000)
      for (let round = 0; round < 10; round += 1) {
        const claims = await Promise.all([take(8), take(8)])
        expect(claims.map((tasks) => tasks.length)).toEqual([8, 8])
      }
    })

    it('answers what the rows say: holder, lease and a first fence', async () => {
      const tenantId = await makeReady(1)
      const holder = randomUUID()
      const task = only(await take(10, holder))
      const row = await rowOf(task.taskId)
      expect(task).toEqual({ taskId: row.task_id, tenantId, jobId: row.job_id, fence: 1, lane: 'worker' })
      expect(row).toMatchObject({ holder, fence: 1, lost: 0 })
      expect(Math.abs(row.lease_until.getTime() - Date.now() - 60_000)).toBeLessThan(10_000)
    })

    it('takes nothing for no slots, and keeps to its lane', async () => {
      await makeReady(3, { lane: 'bot' })
      expect(await take(0)).toEqual([])
      expect(await take(-1)).toEqual([])
      expect(await take(10)).toEqual([])
      expect(await waitingLanes(store())).toEqual(['bot'])
      expect(
        await claimTasks(store(), { lane: 'bot', holder: randomUUID(), limit: 10, leaseMs: 1 }),
      ).toHaveLength(3)
      expect(await waitingLanes(store())).toEqual([])
    })
  })

  describe('is fair between tenants', () => {
    it.each([2, 5, 30, 200])(
      'a newcomer is in the next claim of %i, with 2,000 tasks of another ahead',
      async (slots) => {
        await makeReady(2_000)
        const newcomer = await makeReady(1, { afterS: 3_000 })
        const claimed = await take(slots)
        expect(claimed).toHaveLength(slots)
        expect(claimed.filter((task) => task.tenantId === newcomer)).toHaveLength(1)
      },
    )

    it('a newcomer waits for one slot at most when slots come one by one', async () => {
      await makeReady(2_000)
      await take(10)
      const newcomer = await makeReady(1, { afterS: 3_000 })
      expect(only(await take(1)).tenantId).toBe(newcomer)
    })

    it('turns alternate between a tenant with much and a tenant with little', async () => {
      const [much, little] = [await makeReady(500), await makeReady(40, { afterS: 1_000 })]
      const together = await take(20)
      expect(together.filter((task) => task.tenantId === much)).toHaveLength(10)
      expect(together.filter((task) => task.tenantId === little)).toHaveLength(10)
      const turns: string[] = []
      for (let turn = 0; turn < 8; turn += 1) turns.push(only(await take(1)).tenantId)
      expect(turns).toEqual([much, little, much, little, much, little, much, little])
    })

    it('a tenant with tasks running waits until the others have as many', async () => {
      const [running, waiting] = [await makeReady(10), await makeReady(10, { afterS: 100 })]
      await bed().admin`
        update loom.ready_tasks set holder = ${randomUUID()}, lease_until = now() + interval '1 minute'
        where task_id in (select task_id from loom.ready_tasks where tenant_id = ${running} limit 4)`
      const claimed = await take(6)
      expect(claimed.filter((task) => task.tenantId === waiting)).toHaveLength(5)
      expect(claimed.filter((task) => task.tenantId === running)).toHaveLength(1)
    })

    it('twelve tenants share twenty-four slots evenly, and within a tenant the oldest go first', async () => {
      const tenants: string[] = []
      for (let index = 0; index < 12; index += 1) tenants.push(await makeReady(20 + index * 5))
      const claimed = await take(24)
      for (const tenantId of tenants) {
        const mine = claimed.filter((task) => task.tenantId === tenantId).map((task) => task.taskId)
        const oldest = await bed().admin`
          select task_id from loom.ready_tasks where tenant_id = ${tenantId} order by ready_at limit 2`
        expect(mine.sort()).toEqual(oldest.map((row) => row.task_id).sort())
      }
    })
  })

  describe('by one that is gone', () => {
    it('ends with its lease: the task is free again, counted as lost, and its fence grows with the next claim', async () => {
      await makeReady(1)
      const task = only(
        await claimTasks(store(), { lane: 'worker', holder: randomUUID(), limit: 1, leaseMs: 0 }),
      )
      const freed = await freeLostTasks(store(), { leaseMs: 60_000, silentMs: 60_000 })
      const { fence: _, ...ids } = task
      expect(freed).toEqual([{ ...ids, lost: 1 }])
      expect(await rowOf(task.taskId)).toMatchObject({ holder: null, lease_until: null, fence: 1, lost: 1 })
      expect(only(await take(1))).toMatchObject({ taskId: task.taskId, fence: 2 })
    })

    it('does not end while the lease runs and the silence is short', async () => {
      await makeReady(1)
      await take(1)
      expect(await freeLostTasks(store(), { leaseMs: 60_000, silentMs: 5_000 })).toEqual([])
    })

    it('ends at the silence of a holder without presence, long before the lease', async () => {
      await makeReady(1)
      const task = only(await take(1))
      await bed().admin`update loom.ready_tasks set lease_until = now() + interval '54 seconds'`
      const freed = await freeLostTasks(store(), { leaseMs: 60_000, silentMs: 5_000 })
      expect(freed.map((row) => row.taskId)).toEqual([task.taskId])
    })

    it('is told by its presence: silent with the lock it keeps its tasks, without the lock it loses them', async () => {
      await makeReady(2)
      const [holder, other] = [randomUUID(), randomUUID()]
      const faults: unknown[] = []
      const keeper = startLeaseKeeper({
        url: bed().url,
        role: 'loom_worker',
        holder,
        leaseMs: 60_000,
        onHeld: () => undefined,
        onFault: (fault) => faults.push(fault),
      })
      await keeper.ready
      const [kept, gone] = [only(await take(1, holder)), only(await take(1, other))]
      const silent = { leaseMs: 60_000, silentMs: 0 }
      const first = await freeLostTasks(store(), silent)
      expect(first.map((row) => row.taskId)).toEqual([gone.taskId])
      expect((await rowOf(kept.taskId)).holder).toBe(holder)
      await keeper.close()
      const second = await freeLostTasks(store(), silent)
      expect(second.map((row) => row.taskId)).toEqual([kept.taskId])
      expect(faults).toEqual([])
    })

    it('a lease keeper renews what its holder holds and nothing else, and says with which fence', async () => {
      await makeReady(2)
      const [holder, other] = [randomUUID(), randomUUID()]
      const [mine, theirs] = [only(await take(1, holder)), only(await take(1, other))]
      await bed().admin`update loom.ready_tasks set lease_until = now() + interval '1 second'`
      const before = await rowOf(theirs.taskId)
      let report: (held: ReadonlyMap<string, number>) => void = () => undefined
      const held = new Promise<ReadonlyMap<string, number>>((resolve) => {
        report = resolve
      })
      const keeper = startLeaseKeeper({
        url: bed().url,
        role: 'loom_worker',
        holder,
        leaseMs: 60_000,
        onHeld: (tasks) => report(tasks),
        onFault: () => undefined,
      })
      expect([...(await held)]).toEqual([[mine.taskId, mine.fence]])
      expect((await rowOf(mine.taskId)).lease_until.getTime()).toBeGreaterThan(Date.now() + 30_000)
      expect((await rowOf(theirs.taskId)).lease_until).toEqual(before.lease_until)
      await keeper.close()
    })

    it('a lease keeper hears whose held tasks were taken away, on every connection anew, and of no others', async () => {
      const moved: string[] = []
      const keeper = startLeaseKeeper({
        url: bed().url,
        role: 'loom_worker',
        holder: randomUUID(),
        leaseMs: 60_000,
        everyMs: 20,
        onHeld: () => undefined,
        onMoved: (jobId) => moved.push(jobId),
        onFault: () => undefined,
      })
      await keeper.ready
      const takeOne = async (held: boolean): Promise<string> => {
        const tenantId = await makeReady(1)
        const jobId = String(
          only(await bed().admin`select job_id from loom.ready_tasks where tenant_id = ${tenantId}`).job_id,
        )
        if (held) await take(1)
        await inTenant(store(), tenantId, (tx) => takeBack(tx, { jobId }))
        return jobId
      }
      const free = await takeOne(false)
      const first = await takeOne(true)
      await within(10_000, () => moved.includes(first))
      await bed().admin`
        select pg_terminate_backend(pid) from pg_stat_activity
        where application_name = 'loom-keeper' and datname = current_database()`
      const later: string[] = []
      await within(20_000, async () => {
        later.push(await takeOne(true))
        return moved.some((jobId) => later.includes(jobId))
      })
      expect(moved).not.toContain(free)
      await keeper.close()
    })
  })

  describe('and giving back', () => {
    it('is for the holder alone, and only under the fence of the claim', async () => {
      await makeReady(1)
      const [holder, other] = [randomUUID(), randomUUID()]
      const task = only(await take(1, holder))
      await releaseTasks(store(), { holder: other, tasks: [task] })
      await releaseTasks(store(), { holder, tasks: [{ ...task, fence: task.fence - 1 }] })
      await releaseTasks(store(), { holder, tasks: [{ ...task, fence: task.fence + 1 }] })
      await releaseTasks(store(), { holder, tasks: [] })
      expect((await rowOf(task.taskId)).holder).toBe(holder)
      await releaseTasks(store(), { holder, tasks: [task] })
      expect(await rowOf(task.taskId)).toMatchObject({ holder: null, lost: 0, fence: 1 })
      expect(only(await take(1, other)).fence).toBe(2)
    })
  })

  describe('a fence', () => {
    const restAndWake = async (tenant: Tenant, jobId: string) => {
      expect(await suspendJob(tenant.store, tenant.context, { jobId, reason: 'cap' })).toBe(true)
      expect(await raiseCap(tenant.store, tenant.context, { jobId, capMicroUsd: 9_000_000 })).toBe(true)
    }

    it('does not begin again when the job has rested: what was begun before the rest is refused', async () => {
      const tenant = await openTenant(bed())
      const holder = randomUUID()
      const { held, jobId, keys } = await workingTask(bed(), tenant, { holder })
      await restAndWake(tenant, jobId)
      const again = only((await claim(tenant, { holder })).filter((task) => task.taskId === held.taskId))
      expect(again.fence).toBeGreaterThan(held.fence)
      const late = await commitSteps(tenant.store, systemOf(tenant), {
        holder,
        commits: [commitOf(held, keys, { step: stepOf() })],
      })
      expect(late).toEqual([{ held: false, unheard: false, said: 0, grantedMicroUsd: 0, freed: 0 }])
    })
  })

  describe('starting', () => {
    it('announces a task once, moves its job along, and leaves out what has ended', async () => {
      const tenant = await openTenant(bed())
      const holder = randomUUID()
      const { held, ids, jobId } = await workingTask(bed(), tenant, { holder })
      await releaseTasks(tenant.store, { holder, tasks: [held] })
      const again = only((await claim(tenant, { holder })).filter((task) => task.taskId === held.taskId))
      expect(await startTasks(tenant.store, systemOf(tenant), { tasks: [again] })).toEqual([held.taskId])
      const events = await bed().admin`
        select count(*)::int as starts from loom.events where task_id = ${held.taskId} and kind = 'task_started'`
      expect(only(events).starts).toBe(1)
      expect(only(await bed().admin`select state from loom.jobs where id = ${jobId}`).state).toBe('running')
      const planner = { ...again, taskId: ids.get('plan') ?? '' }
      expect(await startTasks(tenant.store, systemOf(tenant), { tasks: [planner] })).toEqual([])
    })
  })
})
