import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { loadSaid } from '../../src/storage/briefs/said.ts'
import { sayTo } from '../../src/storage/briefs/say.ts'
import { stopJob } from '../../src/storage/jobs/stop.ts'
import { commitSteps } from '../../src/storage/steps/commit.ts'
import type { StepCommit } from '../../src/storage/steps/step-commit.ts'
import { freeLostTasks } from '../../src/storage/tasks/claim.ts'
import type { HeldTask } from '../../src/storage/tasks/held.ts'
import { loadTasks } from '../../src/storage/tasks/load.ts'
import { startTasks } from '../../src/storage/tasks/start.ts'
import { describeOneServer } from '../support/store.ts'
import { only, openTenant, sealerOf, systemOf, type Tenant, useBed } from './support/bed.ts'
import {
  claim,
  commitOf,
  done,
  eventsOf,
  failed,
  fileOf,
  openJob,
  type PlannedJob,
  planJob,
  stepOf,
  workingTask,
} from './support/jobs.ts'
import { snapshot } from './support/victim.ts'

/** An acyclic graph of any numbers: a task needs only tasks before it. */
function graphOf(needs: readonly (readonly number[])[]): Record<string, string[]> {
  const before = (list: readonly number[], index: number) => new Set(list.filter((need) => need < index))
  return Object.fromEntries(
    needs.map((list, index) => [`t${index}`, [...before(list, index)].map((need) => `t${need}`)]),
  )
}

const refused = { held: false, unheard: false, said: 0, grantedMicroUsd: 0, freed: 0 }

describeOneServer('a commit of steps', (server) => {
  const bed = useBed(server)

  const commit = (tenant: Tenant, holder: string, commits: readonly StepCommit[]) =>
    commitSteps(tenant.store, systemOf(tenant), { holder, commits })
  const budgetOf = async (tenant: Tenant, scope: string, key?: string) => {
    const rows = await bed().admin`
      select reserved_micro_usd::int as reserved, settled_micro_usd::int as settled from loom.budgets
      where tenant_id = ${tenant.tenantId} and scope = ${scope} ${key ? bed().admin`and key = ${key}` : bed().admin``}`
    return { ...only(rows) }
  }
  const jobOf = async (jobId: string) => only(await bed().admin`select * from loom.jobs where id = ${jobId}`)
  const taskOf = async (taskId: string) =>
    only(await bed().admin`select * from loom.tasks where id = ${taskId}`)
  const taskStates = async (job: PlannedJob): Promise<Record<string, string>> => {
    const rows = await bed().admin`select id, state from loom.tasks where job_id = ${job.jobId}`
    return Object.fromEntries(rows.map((row) => [job.keyOf.get(row.id) ?? '?', row.state]))
  }
  /** Takes every ready task of a job in hand. */
  const takeAll = async (tenant: Tenant, job: PlannedJob, holder: string): Promise<Map<string, HeldTask>> => {
    const claimed = (await claim(tenant, { holder })).filter((task) => task.jobId === job.jobId)
    await startTasks(tenant.store, systemOf(tenant), { tasks: claimed })
    return new Map(claimed.map((task) => [job.keyOf.get(task.taskId) ?? '?', task]))
  }
  const at = (held: ReadonlyMap<string, HeldTask>, key: string): HeldTask => {
    const task = held.get(key)
    if (!task) throw new Error(`${key} is not in hand`)
    return task
  }

  describe('of one task', () => {
    it('keeps the step once, with its usage, its event, its cost and the next reservation', async () => {
      const tenant = await openTenant(bed())
      const holder = randomUUID()
      const { held, jobId, keys } = await workingTask(bed(), tenant, { holder })
      const reply = [{ type: 'text', text: 'lone \ud83d half, NUL \0, 👩‍👩‍👧' }] as const
      const step = stepOf({ costMicroUsd: 1_234, reply })
      const results = await commit(tenant, holder, [
        commitOf(held, keys, { step, wantMicroUsd: 5_000, leastMicroUsd: 10 }),
      ])
      expect(results).toEqual([{ held: true, unheard: false, said: 0, grantedMicroUsd: 5_000, freed: 0 }])
      const sealer = await sealerOf(tenant)
      const row = only(await bed().admin`select * from loom.steps where task_id = ${held.taskId}`)
      expect(row).toMatchObject({ id: step.id, job_id: jobId, ordinal: 0, state: 'committed' })
      expect(JSON.parse(sealer.openText(`steps.reply:${step.id}`, row.reply_sealed))).toEqual(reply)
      const usage = only(await bed().admin`select * from loom.usage_events where job_id = ${jobId}`)
      expect(usage).toMatchObject({
        kind: 'step',
        subject_id: step.id,
        task_id: held.taskId,
        provider: 'anthropic',
        model: 'claude-sonnet-4-6',
        tier: 'standard',
        input_tokens: '100',
        cache_read_tokens: '20',
        cache_write_tokens: '3',
        output_tokens: '40',
        cost_micro_usd: '1234',
        duration_ms: 12,
      })
      expect(await taskOf(held.taskId)).toMatchObject({
        steps: 1,
        cost_micro_usd: '1234',
        reserved_micro_usd: '5000',
      })
      for (const scope of ['job', 'channel_day', 'tenant_month']) {
        expect(await budgetOf(tenant, scope)).toEqual({ reserved: 5_000, settled: 1_234 })
      }
      const events = await eventsOf(bed(), tenant, jobId)
      expect(events.at(-1)).toEqual({
        seq: events.length,
        kind: 'step',
        ordinal: 0,
        activity: 'reading churn.csv',
        costMicroUsd: 1_234,
      })
    })

    it('forgives a task the workers it lost before', async () => {
      const [tenant, holder] = [await openTenant(bed()), randomUUID()]
      const { held, keys } = await workingTask(bed(), tenant, { holder })
      const losses = async () =>
        only(await bed().admin`select lost from loom.ready_tasks where task_id = ${held.taskId}`).lost
      await bed().admin`update loom.ready_tasks set lost = 4 where task_id = ${held.taskId}`
      await commit(tenant, holder, [commitOf(held, keys, { wantMicroUsd: 70 })])
      expect(await losses()).toBe(4)
      await commit(tenant, holder, [commitOf(held, keys, { step: stepOf(), releaseMicroUsd: 70 })])
      expect(await losses()).toBe(0)
    })

    it('fails as a whole when the step is there already, and changes nothing', async () => {
      const tenant = await openTenant(bed())
      const holder = randomUUID()
      const { held, keys } = await workingTask(bed(), tenant, { holder })
      await commit(tenant, holder, [
        commitOf(held, keys, { step: stepOf({ costMicroUsd: 7 }), wantMicroUsd: 70 }),
      ])
      const before = await snapshot(bed(), tenant.tenantId)
      const twice = commitOf(held, keys, {
        step: stepOf({ costMicroUsd: 9 }),
        files: [fileOf('final/a.md')],
        releaseMicroUsd: 70,
        ...done(),
      })
      await expect(commit(tenant, holder, [twice])).rejects.toMatchObject({
        kind: 'conflict',
        retryable: false,
      })
      expect(await snapshot(bed(), tenant.tenantId)).toEqual(before)
    })

    it.each([
      ['one round trip', { summary: undefined }],
      ['the long way', { summary: { id: randomUUID(), ordinal: 0, standsForBefore: 0, text: '' } }],
    ])('takes a reservation once by %s, though it is sent again after a lost reply', async (_, parts) => {
      const [tenant, holder] = [await openTenant(bed()), randomUUID()]
      const { held, keys } = await workingTask(bed(), tenant, { holder })
      const summary = parts.summary ? { summary: parts.summary } : {}
      const reserve = commitOf(held, keys, { ...summary, wantMicroUsd: 70 })
      expect(await commit(tenant, holder, [reserve])).toMatchObject([{ held: true, grantedMicroUsd: 70 }])
      await expect(commit(tenant, holder, [reserve])).rejects.toMatchObject({
        kind: 'conflict',
        retryable: false,
      })
      expect(await budgetOf(tenant, 'job')).toEqual({ reserved: 70, settled: 0 })
      expect(await taskOf(held.taskId)).toMatchObject({ reserved_micro_usd: '70' })
    })

    it('is loaded with what it had heard, in the order in which it was said', async () => {
      const tenant = await openTenant(bed())
      const holder = randomUUID()
      const { held, jobId, keys } = await workingTask(bed(), tenant, { holder })
      for (const text of ['only March', 'and in French'])
        await sayTo(tenant.store, systemOf(tenant), { jobId, text })
      const said = await loadSaid(tenant.store, systemOf(tenant), { jobId, taskId: held.taskId })
      expect(said.map(({ text }) => text)).toEqual(['only March', 'and in French'])
      const [first, second] = said.map(({ messageId }) => messageId)
      const steps = [
        stepOf({ ordinal: 0, heard: first ? [first] : [] }),
        stepOf({ ordinal: 1 }),
        stepOf({ ordinal: 2, heard: second ? [second] : [] }),
      ]
      for (const step of steps) {
        const [result] = await commit(tenant, holder, [commitOf(held, keys, { step })])
        expect(result).toMatchObject({ held: true, unheard: false, said: 2 })
      }
      const [task] = await loadTasks(tenant.store, systemOf(tenant), { taskIds: [held.taskId] })
      expect(task?.said).toEqual(said)
      expect(task?.steps.map(({ heard }) => heard.map(({ text }) => text))).toEqual([
        ['only March'],
        [],
        ['and in French'],
      ])
    })

    it('does not end a job to which something was said that it did not know of', async () => {
      const tenant = await openTenant(bed())
      const holder = randomUUID()
      const { held, jobId, keys } = await workingTask(bed(), tenant, { holder })
      await sayTo(tenant.store, systemOf(tenant), { jobId, text: 'one more thing' })
      const last = commitOf(held, keys, { step: stepOf(), answers: true, ...done('The answer.') })
      const before = await snapshot(bed(), tenant.tenantId)
      expect(await commit(tenant, holder, [last])).toEqual([
        { ...refused, held: true, unheard: true, said: 1 },
      ])
      expect(await snapshot(bed(), tenant.tenantId)).toEqual(before)
      const [result] = await commit(tenant, holder, [{ ...last, said: 1 }])
      expect(result).toMatchObject({ held: true, unheard: false })
      expect((await jobOf(jobId)).state).toBe('done')
    })

    it('is refused to a twin whose lease was lost, while the new holder’s goes through', async () => {
      const tenant = await openTenant(bed())
      const [first, second] = [randomUUID(), randomUUID()]
      const { held, keys } = await workingTask(bed(), tenant, { holder: first })
      await bed().admin`update loom.ready_tasks set lease_until = now() - interval '1 second'`
      await freeLostTasks(tenant.store, { leaseMs: 60_000, silentMs: 60_000 })
      const again = only(
        (await claim(tenant, { holder: second })).filter((task) => task.taskId === held.taskId),
      )
      const before = await snapshot(bed(), tenant.tenantId)
      const late = commitOf(held, keys, {
        step: stepOf(),
        files: [fileOf('final/late.md')],
        ...done(),
        answers: true,
      })
      expect(await commit(tenant, first, [late])).toEqual([refused])
      expect(await commit(tenant, second, [late])).toEqual([refused])
      expect(await snapshot(bed(), tenant.tenantId)).toEqual(before)
      expect(await commit(tenant, second, [commitOf(again, keys, { step: stepOf() })])).toMatchObject([
        { held: true },
      ])
    })
  })

  describe('of a group', () => {
    it('keeps thirty steps of three jobs together, each job with its own money and its own events', async () => {
      const tenant = await openTenant(bed())
      const holder = randomUUID()
      const graph = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`t${index}`, []]))
      const jobs = [
        await planJob(bed(), tenant, { graph }),
        await planJob(bed(), tenant, { graph }),
        await planJob(bed(), tenant, { graph }),
      ]
      const claimed = await claim(tenant, { holder })
      expect(claimed).toHaveLength(30)
      const commits = claimed.map((task) => {
        const keys = jobs.find((job) => job.jobId === task.jobId)?.keys ?? []
        return commitOf(task, keys, {
          step: stepOf({ costMicroUsd: 10 }),
          wantMicroUsd: 20,
          leastMicroUsd: 1,
        })
      })
      const results = await commit(tenant, holder, commits)
      expect(results).toEqual(
        commits.map(() => ({ held: true, unheard: false, said: 0, grantedMicroUsd: 20, freed: 0 })),
      )
      for (const job of jobs) {
        expect(await budgetOf(tenant, 'job', job.jobId)).toEqual({ settled: 100, reserved: 200 })
        const steps = await bed().admin`select id from loom.steps where job_id = ${job.jobId}`
        const usage = await bed().admin`select subject_id from loom.usage_events where job_id = ${job.jobId}`
        expect(usage.map((row) => row.subject_id).sort()).toEqual(steps.map((row) => row.id).sort())
        expect(steps).toHaveLength(10)
        const events = await eventsOf(bed(), tenant, job.jobId)
        expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index + 1))
        expect(events.filter((event) => event.kind === 'step')).toHaveLength(10)
      }
      expect(await budgetOf(tenant, 'tenant_month')).toEqual({ settled: 300, reserved: 600 })
    })

    it('refuses the member with a stale fence and the member of another holder, and keeps the others', async () => {
      const tenant = await openTenant(bed())
      const [holder, other] = [randomUUID(), randomUUID()]
      const job = await planJob(bed(), tenant, { graph: { a: [], b: [], c: [] } })
      const held = await takeAll(tenant, job, holder)
      await bed().admin`update loom.ready_tasks set holder = ${other} where task_id = ${at(held, 'b').taskId}`
      const stale = { ...at(held, 'a'), fence: at(held, 'a').fence - 1 }
      const part = () => ({
        step: stepOf({ costMicroUsd: 5 }),
        files: [fileOf('final/x.md')],
        wantMicroUsd: 3,
      })
      const results = await commit(tenant, holder, [
        commitOf(stale, job.keys, { ...part(), ...done() }),
        commitOf(at(held, 'c'), job.keys, part()),
        commitOf(at(held, 'b'), job.keys, { ...part(), ...failed() }),
      ])
      expect(results.map((result) => result.held)).toEqual([false, true, false])
      const steps = await bed().admin`select task_id from loom.steps where job_id = ${job.jobId}`
      expect(steps.map((row) => row.task_id)).toEqual([at(held, 'c').taskId])
      expect(await budgetOf(tenant, 'job', job.jobId)).toEqual({ settled: 5, reserved: 3 })
      expect(await taskStates(job)).toMatchObject({ a: 'running', b: 'running', c: 'running' })
    })

    it('tells a task’s new try from the one that was given up, when both come in one group', async () => {
      const tenant = await openTenant(bed())
      const holder = randomUUID()
      const job = await planJob(bed(), tenant, { graph: { a: [], b: [] } })
      const held = await takeAll(tenant, job, holder)
      const given = { ...at(held, 'a'), fence: at(held, 'a').fence - 1 }
      const part = (costMicroUsd: number) => ({ step: stepOf({ costMicroUsd }), wantMicroUsd: 3 })
      const results = await commit(tenant, holder, [
        commitOf(given, job.keys, part(7)),
        commitOf(at(held, 'a'), job.keys, part(5)),
      ])
      expect(results.map((result) => [result.held, result.grantedMicroUsd])).toEqual([
        [false, 0],
        [true, 3],
      ])
      expect(await budgetOf(tenant, 'job', job.jobId)).toEqual({ settled: 5, reserved: 3 })
    })

    it('fails whole when it does not fit the cap as a whole, and leaves its members to come one by one', async () => {
      const tenant = await openTenant(bed())
      const holder = randomUUID()
      const job = await planJob(bed(), tenant, { graph: { a: [], b: [] }, mention: { capMicroUsd: 100 } })
      const held = await takeAll(tenant, job, holder)
      const commits = ['a', 'b'].map((key) =>
        commitOf(at(held, key), job.keys, {
          step: stepOf({ costMicroUsd: 0 }),
          wantMicroUsd: 80,
          leastMicroUsd: 10,
        }),
      )
      const before = await snapshot(bed(), tenant.tenantId)
      await expect(commit(tenant, holder, commits)).rejects.toMatchObject({
        kind: 'cap_reached',
        retryable: true,
      })
      expect(await snapshot(bed(), tenant.tenantId)).toEqual(before)
      const granted: number[] = []
      for (const member of commits) granted.push(only(await commit(tenant, holder, [member])).grantedMicroUsd)
      expect(granted).toEqual([80, 20])
    })

    it('goes through beside other groups of the same jobs, in whatever order they name them', async () => {
      const tenant = await openTenant(bed())
      const graph = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`t${index}`, []]))
      const jobs = [await planJob(bed(), tenant, { graph }), await planJob(bed(), tenant, { graph })]
      const holder = randomUUID()
      const claimed = await claim(tenant, { holder })
      const keysOf = (task: HeldTask) => jobs.find((job) => job.jobId === task.jobId)?.keys ?? []
      for (let ordinal = 0; ordinal < 4; ordinal += 1) {
        const groups = Array.from({ length: 6 }, (_, group) =>
          claimed.filter((_, index) => index % 6 === group),
        )
        await Promise.all(
          groups.map((group, index) => {
            const members = index % 2 === 0 ? group : group.toReversed()
            const part = () => ({
              step: stepOf({ ordinal, costMicroUsd: 2 }),
              wantMicroUsd: 1,
              leastMicroUsd: 1,
            })
            return commit(
              tenant,
              holder,
              members.map((task) =>
                commitOf(task, keysOf(task), { ...part(), releaseMicroUsd: ordinal === 0 ? 0 : 1 }),
              ),
            )
          }),
        )
      }
      expect(await budgetOf(tenant, 'tenant_month')).toEqual({ settled: 24 * 4 * 2, reserved: 24 })
    })
  })

  describe('that ends tasks', () => {
    it('frees in a diamond the two sides with the top, and the bottom with the second side', async () => {
      const tenant = await openTenant(bed())
      const holder = randomUUID()
      const graph = { top: [], left: ['top'], right: ['top'], bottom: ['left', 'right'] }
      const job = await planJob(bed(), tenant, { graph })
      const end = async (key: string) =>
        only(await commit(tenant, holder, [commitOf(at(await takeAllOrHeld(key), key), job.keys, done())]))
          .freed
      const inHand = new Map<string, HeldTask>()
      const takeAllOrHeld = async (key: string) => {
        if (!inHand.has(key))
          for (const [name, task] of await takeAll(tenant, job, holder)) inHand.set(name, task)
        return inHand
      }
      expect(await end('top')).toBe(2)
      expect(await end('right')).toBe(0)
      expect(await taskStates(job)).toMatchObject({ bottom: 'waiting', answer: 'waiting' })
      expect(await end('left')).toBe(1)
      expect(await end('bottom')).toBe(1)
      expect(await taskStates(job)).toEqual({
        plan: 'done',
        top: 'done',
        left: 'done',
        right: 'done',
        bottom: 'done',
        answer: 'ready',
      })
    })

    it('frees the synthesis once when fifty tasks end in ten commits at the same moment', async () => {
      const tenant = await openTenant(bed())
      const holder = randomUUID()
      const graph = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`t${index}`, []]))
      const job = await planJob(bed(), tenant, { graph })
      const held = [...(await takeAll(tenant, job, holder)).values()]
      const groups = Array.from({ length: 10 }, (_, group) => held.filter((_, index) => index % 10 === group))
      const results = await Promise.all(
        groups.map((group) =>
          commit(
            tenant,
            holder,
            group.map((task) => commitOf(task, job.keys, done())),
          ),
        ),
      )
      const freed = results.map((group) => only(group).freed)
      expect(freed.reduce((sum, each) => sum + each, 0)).toBe(1)
      const ready = await bed().admin`select task_id from loom.ready_tasks where job_id = ${job.jobId}`
      expect(ready.map((row) => job.keyOf.get(row.task_id))).toEqual(['answer'])
      expect(
        only(await bed().admin`select waiting_on from loom.tasks where id = ${only(ready).task_id}`)
          .waiting_on,
      ).toBe(0)
    })

    it('makes every task of any plan ready exactly once, after all that it needs, in any order of ends', async () => {
      const tenant = await openTenant(bed())
      const shape = fc.record({
        needs: fc.array(fc.array(fc.nat({ max: 8 }), { maxLength: 4 }), { minLength: 2, maxLength: 9 }),
        picks: fc.array(fc.nat({ max: 1_000 }), { minLength: 8, maxLength: 8 }),
        groups: fc.integer({ min: 1, max: 3 }),
        fails: fc.array(fc.boolean(), { minLength: 9, maxLength: 9 }),
      })
      await fc.assert(
        fc.asyncProperty(shape, async ({ fails, groups, needs, picks }) => {
          const graph = graphOf(needs)
          const job = await planJob(bed(), tenant, { graph })
          await runToTheEnd(tenant, job, {
            graph,
            picks,
            groups,
            fails: (key) => key !== 't0' && fails[Number(key.slice(1))] === true,
          })
          expect((await jobOf(job.jobId)).state).toBe('done')
          const starts = (await eventsOf(bed(), tenant, job.jobId)).map((event) => event.kind)
          expect(starts.filter((kind) => kind === 'task_started')).toHaveLength(needs.length + 2)
        }),
        { numRuns: 8, endOnFailure: true },
      )
    })

    /** Claims what is ready and ends it in concurrent groups of a random order, until nothing is left. */
    async function runToTheEnd(
      tenant: Tenant,
      job: PlannedJob,
      how: {
        graph: Record<string, readonly string[]>
        picks: readonly number[]
        groups: number
        fails: (key: string) => boolean
      },
    ): Promise<void> {
      const holder = randomUUID()
      const [ready, ended, open] = [new Set<string>(), new Set<string>(), new Map<string, HeldTask>()]
      const needsOf = (key: string) => (key === 'answer' ? Object.keys(how.graph) : (how.graph[key] ?? []))
      const endOf = (key: string) =>
        commitOf(at(open, key), job.keys, {
          ...(how.fails(key) ? failed() : done()),
          answers: key === 'answer',
        })
      for (let turn = 0; !ended.has('answer'); turn += 1) {
        for (const [key, task] of await takeAll(tenant, job, holder)) {
          expect(ready, `${key} was ready before`).not.toContain(key)
          expect([...ended], `${key} began before its needs ended`).toEqual(
            expect.arrayContaining([...needsOf(key)]),
          )
          ready.add(key)
          open.set(key, task)
        }
        expect(open.size).toBeGreaterThan(0)
        const pick = how.picks[turn % how.picks.length] ?? 0
        const keys = [...open.keys()]
        const order = keys.map((_, index) => keys.at((index + pick) % keys.length) ?? '')
        const ending = order.slice(0, 1 + (pick % order.length))
        const parts = Map.groupBy(ending, (key) => ending.indexOf(key) % how.groups)
        await Promise.all([...parts.values()].map((part) => commit(tenant, holder, part.map(endOf))))
        for (const key of ending) {
          ended.add(key)
          open.delete(key)
        }
      }
    }

    it('lets a task go on whose need failed, and tells it why', async () => {
      const tenant = await openTenant(bed())
      const holder = randomUUID()
      const job = await planJob(bed(), tenant, { graph: { a: [], b: [], c: ['a'] } })
      const held = await takeAll(tenant, job, holder)
      const results = await commit(tenant, holder, [
        commitOf(at(held, 'a'), job.keys, failed('the file was cut')),
      ])
      expect(results).toEqual([{ held: true, unheard: false, said: 0, grantedMicroUsd: 0, freed: 1 }])
      expect(await taskStates(job)).toMatchObject({ a: 'failed', c: 'ready' })
      const row = await taskOf(at(held, 'a').taskId)
      expect(row.error_kind).toBe('refused')
      expect((await sealerOf(tenant)).openText(`tasks.result:${row.id}`, row.result_sealed)).toBe(
        'the file was cut',
      )
    })

    it('fails the job once when its last tasks fail at the same moment', async () => {
      const tenant = await openTenant(bed())
      const holder = randomUUID()
      const job = await planJob(bed(), tenant, { graph: { a: [], b: [], c: [] } })
      const held = await takeAll(tenant, job, holder)
      await Promise.all(
        ['a', 'b', 'c'].map((key) =>
          commit(tenant, holder, [commitOf(at(held, key), job.keys, failed('nothing worked'))]),
        ),
      )
      expect(await jobOf(job.jobId)).toMatchObject({ state: 'failed', error_kind: 'refused' })
      expect(await taskStates(job)).toMatchObject({ answer: 'cancelled' })
      const kinds = (await eventsOf(bed(), tenant, job.jobId)).map((event) => event.kind)
      expect(kinds.filter((kind) => kind === 'failed')).toHaveLength(1)
      const answers = await bed()
        .admin`select 1 from loom.deliveries where job_id = ${job.jobId} and kind = 'answer'`
      expect(answers).toHaveLength(1)
      expect(await bed().admin`select 1 from loom.ready_tasks where job_id = ${job.jobId}`).toHaveLength(0)
    })

    it('fails the job with a planner that fails', async () => {
      const tenant = await openTenant(bed())
      const holder = randomUUID()
      const job = await openJob(bed(), tenant)
      const planner = only((await claim(tenant, { holder })).filter((task) => task.jobId === job.jobId))
      await commit(tenant, holder, [commitOf(planner, job.keys, failed('no plan'))])
      expect(await jobOf(job.jobId)).toMatchObject({ state: 'failed', error_kind: 'refused' })
    })
  })

  describe('that brings the answer', () => {
    it('ends the job once: message, delivery, thread free, money back, and a history that ends with it', async () => {
      const tenant = await openTenant(bed())
      const holder = randomUUID()
      const job = await planJob(bed(), tenant, { graph: { only: [] } })
      const task = at(await takeAll(tenant, job, holder), 'only')
      expect(await taskOf(task.taskId)).toMatchObject({ answers: true })
      await commit(tenant, holder, [
        commitOf(task, job.keys, { step: stepOf({ costMicroUsd: 4 }), wantMicroUsd: 50 }),
      ])
      const last = commitOf(task, job.keys, {
        step: stepOf({ ordinal: 1, costMicroUsd: 6 }),
        releaseMicroUsd: 50,
        answers: true,
        ...done('# The answer'),
      })
      expect(await commit(tenant, holder, [last])).toEqual([
        { held: true, unheard: false, said: 0, grantedMicroUsd: 0, freed: 0 },
      ])
      const ended = await jobOf(job.jobId)
      expect(ended).toMatchObject({ state: 'done', error_kind: null, ended_at: expect.any(Date) })
      const message = only(
        await bed().admin`select * from loom.messages where id = ${ended.answer_message_id}`,
      )
      const sealer = await sealerOf(tenant)
      expect(message.author).toBe('loom')
      expect(sealer.openText(`messages.body:${message.id}`, message.body_sealed)).toBe('# The answer')
      const due = await bed().admin`
        select d.kind, d.state from loom.deliveries d join loom.due_deliveries u on u.delivery_id = d.id
        where d.job_id = ${job.jobId} order by d.kind`
      expect(due.map((row) => ({ ...row }))).toEqual([
        { kind: 'answer', state: 'pending' },
        { kind: 'card', state: 'pending' },
      ])
      expect(
        await bed().admin`select 1 from loom.job_threads where job_id = ${job.jobId} and live`,
      ).toHaveLength(0)
      for (const scope of ['job', 'channel_day', 'tenant_month']) {
        expect(await budgetOf(tenant, scope)).toEqual({ reserved: 0, settled: 10 })
      }
      const kinds = (await eventsOf(bed(), tenant, job.jobId)).map((event) => event.kind)
      expect(kinds).toEqual([
        'received',
        'task_started',
        'task_done',
        'planned',
        'task_started',
        'step',
        'step',
        'task_done',
        'done',
      ])
      expect(await commit(tenant, holder, [last])).toEqual([refused])
    })

    it('gives back what others of the job still hold', async () => {
      const tenant = await openTenant(bed())
      const holder = randomUUID()
      const job = await planJob(bed(), tenant, { graph: { a: [], b: [] } })
      const held = await takeAll(tenant, job, holder)
      for (const key of ['a', 'b']) {
        await commit(tenant, holder, [
          commitOf(at(held, key), job.keys, { wantMicroUsd: 700, leastMicroUsd: 1 }),
        ])
      }
      expect(await budgetOf(tenant, 'job')).toEqual({ reserved: 1_400, settled: 0 })
      await stopJob(tenant.store, tenant.context, { jobId: job.jobId, state: 'cancelled', answer: 'stopped' })
      for (const scope of ['job', 'channel_day', 'tenant_month']) {
        expect(await budgetOf(tenant, scope)).toEqual({ reserved: 0, settled: 0 })
      }
    })
  })

  describe('for a job that was stopped', () => {
    it('is refused, whatever it brings', async () => {
      const tenant = await openTenant(bed())
      const holder = randomUUID()
      const { held, jobId, keys } = await workingTask(bed(), tenant, { holder })
      const stop = () =>
        stopJob(tenant.store, tenant.context, { jobId, state: 'cancelled', answer: 'stopped' })
      expect([await stop(), await stop()]).toEqual([true, false])
      const before = await snapshot(bed(), tenant.tenantId)
      for (const part of [
        { step: stepOf() },
        done(),
        failed(),
        { ...done(), answers: true },
        { wantMicroUsd: 5 },
      ]) {
        expect(await commit(tenant, holder, [commitOf(held, keys, part)])).toEqual([refused])
      }
      expect(await snapshot(bed(), tenant.tenantId)).toEqual(before)
    })

    it('meets the stop without harm: no deadlock, no money held, and the spent is what the usage says', async () => {
      const tenant = await openTenant(bed())
      const graph = Object.fromEntries(Array.from({ length: 8 }, (_, index) => [`t${index}`, []]))
      for (let round = 0; round < 4; round += 1) {
        const holder = randomUUID()
        const job = await planJob(bed(), tenant, { graph })
        const held = [...(await takeAll(tenant, job, holder)).values()]
        const part = () => ({ step: stepOf({ costMicroUsd: 3 }), wantMicroUsd: 9, leastMicroUsd: 1 })
        const stop = () =>
          stopJob(tenant.store, tenant.context, { jobId: job.jobId, state: 'cancelled', answer: 'stopped' })
        const [, ...results] = await Promise.all([
          stop(),
          ...held.map((task) => commit(tenant, holder, [commitOf(task, job.keys, part())])),
          startTasks(tenant.store, systemOf(tenant), { tasks: held }),
        ])
        expect(results).toHaveLength(9)
        const spent = only(
          await bed().admin`
            select coalesce(sum(cost_micro_usd), 0)::int as spent from loom.usage_events where job_id = ${job.jobId}`,
        )
        expect(await budgetOf(tenant, 'job', job.jobId)).toEqual({ reserved: 0, settled: spent.spent })
      }
    })
  })

  describe('that brings files', () => {
    const artifactsOf = async (tenant: Tenant, jobId: string) => {
      const sealer = await sealerOf(tenant)
      const rows = await bed().admin`select * from loom.artifacts where job_id = ${jobId}`
      return new Map(rows.map((row) => [sealer.openText(`artifacts.path:${jobId}`, row.path_sealed), row]))
    }

    it('makes artifacts of what lies under final/, and of nothing else', async () => {
      const tenant = await openTenant(bed())
      const holder = randomUUID()
      const { held, jobId, keys } = await workingTask(bed(), tenant, { holder })
      const paths = ['final/report.md', 'final/deep/er.csv', 'notes.md', 'finally/not.md', 'work/final/no.md']
      await commit(tenant, holder, [
        commitOf(held, keys, { step: stepOf(), files: paths.map((path) => fileOf(path)) }),
      ])
      expect([...(await artifactsOf(tenant, jobId)).keys()].sort()).toEqual([
        'final/deep/er.csv',
        'final/report.md',
      ])
      const kept = await bed().admin`select 1 from loom.workspace_files where task_id = ${held.taskId}`
      expect(kept).toHaveLength(5)
    })

    it('replaces a file that the same task writes again, under the same artifact', async () => {
      const tenant = await openTenant(bed())
      const holder = randomUUID()
      const { held, jobId, keys } = await workingTask(bed(), tenant, { holder })
      const write = (ordinal: number, content: string) =>
        commit(tenant, holder, [
          commitOf(held, keys, { step: stepOf({ ordinal }), files: [fileOf('final/report.md', content)] }),
        ])
      await write(0, 'first')
      const first = (await artifactsOf(tenant, jobId)).get('final/report.md')
      await write(1, 'second')
      const second = (await artifactsOf(tenant, jobId)).get('final/report.md')
      expect((await artifactsOf(tenant, jobId)).size).toBe(1)
      expect(second).toMatchObject({ id: first?.id, sha256: fileOf('', 'second').sha256, bytes: '6' })
    })

    it('keeps another task’s file at the same path beside the first, also when both come together', async () => {
      const tenant = await openTenant(bed())
      const holder = randomUUID()
      for (const together of [false, true, true, true]) {
        const job = await planJob(bed(), tenant, { graph: { a: [], b: [] } })
        const held = await takeAll(tenant, job, holder)
        const write = (key: string, ordinal: number) =>
          commit(tenant, holder, [
            commitOf(at(held, key), job.keys, {
              step: stepOf({ ordinal }),
              files: [fileOf('final/report.md', `by ${key} at ${ordinal}`)],
            }),
          ])
        const first = write('a', 0)
        if (!together) await first
        await Promise.all([first, write('b', 0)])
        for (const key of ['a', 'b']) await write(key, 1)
        const artifacts = await artifactsOf(tenant, job.jobId)
        const byTask = new Map(
          [...artifacts].map(([path, row]) => [job.keyOf.get(row.task_id), { path, sha256: row.sha256 }]),
        )
        expect(artifacts.size).toBe(2)
        const [winner, other] = byTask.get('a')?.path === 'final/report.md' ? ['a', 'b'] : ['b', 'a']
        expect(byTask.get(winner)).toEqual({
          path: 'final/report.md',
          sha256: fileOf('', `by ${winner} at 1`).sha256,
        })
        expect(byTask.get(other)).toEqual({
          path: `final/report.${at(held, other).taskId.slice(-8)}.md`,
          sha256: fileOf('', `by ${other} at 1`).sha256,
        })
      }
    })
  })
})
