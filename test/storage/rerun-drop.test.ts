import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { loadAnswer } from '../../src/storage/jobs/answer.ts'
import { stopJob } from '../../src/storage/jobs/stop.ts'
import { raiseCap, suspendJob } from '../../src/storage/jobs/suspend.ts'
import { viewJob } from '../../src/storage/jobs/view.ts'
import { commitSteps } from '../../src/storage/steps/commit.ts'
import type { StepCommit } from '../../src/storage/steps/step-commit.ts'
import { dropAgent } from '../../src/storage/tasks/drop-agent.ts'
import type { HeldTask } from '../../src/storage/tasks/held.ts'
import { loadTasks } from '../../src/storage/tasks/load.ts'
import { rerunAgent } from '../../src/storage/tasks/rerun.ts'
import { startTasks } from '../../src/storage/tasks/start.ts'
import { describeOneServer } from '../support/store.ts'
import { only, openTenant, systemOf, useBed } from './support/bed.ts'
import { claim, commitOf, done, eventsOf, failed, fileOf, planJob, stepOf } from './support/jobs.ts'

describeOneServer('an agent', (server) => {
  const bed = useBed(server)

  /** A job with its plan, and one worker that takes what is ready and commits for it. */
  const open = async (graph: Record<string, readonly string[]>) => {
    const tenant = await openTenant(bed())
    const { store, context } = tenant
    const job = await planJob(bed(), tenant, { graph })
    const { jobId } = job
    const holder = randomUUID()
    const hands = new Map<string, HeldTask>()
    const take = async (): Promise<string[]> => {
      const claimed = (await claim(tenant, { holder })).filter((task) => task.jobId === jobId)
      if (claimed.length > 0) await startTasks(store, systemOf(tenant), { tasks: claimed })
      for (const held of claimed) hands.set(job.keyOf.get(held.taskId) ?? '?', held)
      return claimed.map((held) => job.keyOf.get(held.taskId) ?? '?').sort()
    }
    const commitAs = async (held: HeldTask | undefined, part: Partial<StepCommit>) => {
      if (!held) throw new Error('nothing in hand')
      const commits = [commitOf(held, job.keys, part)]
      return only(await commitSteps(store, systemOf(tenant), { holder, commits }))
    }
    return {
      tenant,
      job,
      hands,
      take,
      commitAs,
      commit: (key: string, part: Partial<StepCommit>) => commitAs(hands.get(key), part),
      drop: (name: string) => dropAgent(store, context, { jobId, name }),
      rerun: (name: string) => rerunAgent(store, context, { jobId, name }),
      states: async (): Promise<Record<string, string>> => {
        const rows = await bed()
          .admin`select id, state from loom.tasks where job_id = ${jobId} and kind <> 'plan'`
        return Object.fromEntries(rows.map((row) => [job.keyOf.get(row.id) ?? '?', row.state]))
      },
      load: async (key: string) =>
        only(await loadTasks(store, systemOf(tenant), { taskIds: [job.ids.get(key) ?? ''] })),
      card: async () => (await viewJob(store, context, { jobId }))?.card,
      /** Each counter, and what the tasks' own rows say that it must hold. */
      money: async () => {
        const counters = await bed().admin<{ reserved: number; settled: number }[]>`
          select reserved_micro_usd::int as reserved, settled_micro_usd::int as settled from loom.budgets
          where tenant_id = ${tenant.tenantId}`
        const tasks = only(
          await bed().admin`
            select sum(reserved_micro_usd)::int as reserved, sum(cost_micro_usd)::int as settled
            from loom.tasks where job_id = ${jobId}`,
        )
        expect(counters.map((row) => ({ ...row }))).toEqual(Array.from({ length: 3 }, () => ({ ...tasks })))
        return { ...tasks }
      },
      audits: async () =>
        (
          await bed().admin`
          select action from loom.audit_log where tenant_id = ${tenant.tenantId} and action like 'task.%'`
        ).map((row) => row.action),
    }
  }
  const paid = (ordinal: number, part: Partial<StepCommit> = {}): Partial<StepCommit> => ({
    step: stepOf({ ordinal, costMicroUsd: 100 }),
    wantMicroUsd: 700,
    leastMicroUsd: 1,
    ...part,
  })

  describe('that is dropped', () => {
    it('ends without a result: those that waited go on, its money comes back, its late commit is refused', async () => {
      const run = await open({ a: [], b: [], c: ['a', 'b'] })
      expect(await run.take()).toEqual(['a', 'b'])
      await run.commit('a', paid(0))
      await run.commit('b', done('b found it'))
      expect(await run.money()).toEqual({ reserved: 700, settled: 100 })
      expect(await run.drop('Task A')).toBe('Task a')
      expect(await run.money()).toEqual({ reserved: 0, settled: 100 })
      expect(await run.states()).toEqual({ a: 'cancelled', b: 'done', c: 'ready', answer: 'waiting' })
      expect((await run.commit('a', paid(1, { releaseMicroUsd: 700 }))).held).toBe(false)
      const row = (await run.card())?.rows[0]
      expect(row).toMatchObject({ state: 'cancelled', activity: 'left out at your word' })
      expect((await run.load('c')).needs.map(({ key, state }) => [key, state])).toEqual([
        ['a', 'cancelled'],
        ['b', 'done'],
      ])
      const kinds = (await eventsOf(bed(), run.tenant, run.job.jobId)).map(({ kind }) => kind)
      expect(kinds).toContain('dropped')
      expect(await run.audits()).toEqual(['task.drop'])
    })

    it('before it began is not begun any more when its own needs end', async () => {
      const run = await open({ a: [], b: ['a'], c: [] })
      await run.take()
      await run.drop('b')
      await run.commit('a', done())
      expect(await run.take()).toEqual([])
      await run.commit('c', done())
      expect(await run.take()).toEqual(['answer'])
    })

    it('in a job that rests at its cap frees nobody before the job goes on', async () => {
      const run = await open({ a: [], b: ['a'], c: [] })
      await run.take()
      const { context, store } = run.tenant
      await suspendJob(store, context, { jobId: run.job.jobId, reason: 'cap' })
      await run.drop('a')
      expect(await run.take()).toEqual([])
      expect(await run.states()).toMatchObject({ a: 'cancelled', b: 'suspended', c: 'suspended' })
      await raiseCap(store, context, { jobId: run.job.jobId, capMicroUsd: 9_000_000 })
      expect(await run.take()).toEqual(['b', 'c'])
    })

    it.each([
      ['the last that could bring a result', { a: [], b: [] }, 'b', /^Without Task b nothing would be left/],
      ['the answer', { a: [], b: [] }, 'answer', /cannot be left out/],
      ['one that has ended', { a: [], b: [], c: [] }, 'a', /^Task a has ended already/],
    ])('is not %s: it says so and changes nothing', async (_, graph, name, message) => {
      const run = await open(graph)
      await run.take()
      await run.commit('a', failed())
      const before = await run.states()
      await expect(run.drop(name)).rejects.toMatchObject({
        kind: 'conflict',
        message: expect.stringMatching(message),
      })
      expect(await run.states()).toEqual(before)
    })

    it('in the moment in which it ends is either done or dropped, and what waits is freed once', async () => {
      for (let round = 0; round < 8; round += 1) {
        const run = await open({ a: [], b: [], c: ['a'] })
        await run.take()
        const [committed, dropped] = await Promise.allSettled([run.commit('a', done()), run.drop('a')])
        const kept = committed.status === 'fulfilled' && committed.value.held
        expect(dropped.status === 'rejected').toBe(kept)
        expect((await run.states()).a).toBe(kept ? 'done' : 'cancelled')
        expect(await run.take()).toEqual(['c'])
        await run.money()
      }
    })
  })

  describe('that is run again', () => {
    it('begins anew: steps and files of the first try are kept, and neither read nor delivered', async () => {
      const run = await open({ a: [], b: [] })
      await run.take()
      const late = run.hands.get('a')
      await run.commit('a', paid(0, { files: [fileOf('notes.md'), fileOf('final/a.md', 'first')] }))
      expect(await run.rerun('1')).toEqual({ title: 'Task a', others: 0 })
      expect(await run.money()).toEqual({ reserved: 0, settled: 100 })
      expect((await run.commitAs(late, paid(1, { releaseMicroUsd: 700 }))).held).toBe(false)
      expect((await run.card())?.rows[0]).toMatchObject({
        state: 'ready',
        step: 0,
        activity: 'beginning again at your word',
        costMicroUsd: 100,
      })
      expect(await run.take()).toEqual(['a'])
      const again = await run.load('a')
      expect(again).toMatchObject({ steps: [], firstStep: 1, reservedMicroUsd: 0 })
      expect(again.layers.flat()).toEqual([])
      expect((await run.commitAs(late, done('of the twin'))).held).toBe(false)
      await run.commit('a', { ...paid(1, { files: [fileOf('final/b.md')], wantMicroUsd: 0 }), ...done() })
      await run.commit('b', done())
      expect(await run.take()).toEqual(['answer'])
      expect((await run.load('answer')).layers.flat().map(({ path }) => path)).toEqual(['final/b.md'])
      await run.commit('answer', { answers: true, ...done('the answer') })
      const { context, store } = run.tenant
      const answer = await loadAnswer(store, context, { jobId: run.job.jobId })
      expect(answer?.files.map(({ path }) => path)).toEqual(['final/b.md'])
      expect(answer?.receipt).toMatchObject({ steps: 2, costMicroUsd: 200 })
      expect(await run.money()).toEqual({ reserved: 0, settled: 200 })
      expect(await bed().admin`select 1 from loom.steps where job_id = ${run.job.jobId}`).toHaveLength(2)
      expect(await run.audits()).toEqual(['task.rerun'])
    })

    it('takes with it whoever began with its result; they wait for it anew', async () => {
      const run = await open({ a: [], b: ['a'], c: ['b'], d: ['a', 'x'], e: [], x: [] })
      await run.take()
      await run.commit('a', done('first'))
      await run.commit('e', done())
      expect(await run.take()).toEqual(['b'])
      await run.commit('b', { ...paid(0, { wantMicroUsd: 0 }), ...failed() })
      expect(await run.take()).toEqual(['c'])
      const late = run.hands.get('c')
      expect(await run.rerun('a')).toEqual({ title: 'Task a', others: 2 })
      const all = { b: 'waiting', c: 'waiting', d: 'waiting', answer: 'waiting' }
      expect(await run.states()).toEqual({ ...all, a: 'ready', e: 'done', x: 'running' })
      expect((await run.commitAs(late, done())).held).toBe(false)
      await run.commit('x', done())
      expect(await run.take()).toEqual(['a'])
      await run.commit('a', done('second'))
      expect(await run.take()).toEqual(['b', 'd'])
      expect((await run.load('b')).needs.map(({ result }) => result)).toEqual(['second'])
      await run.commit('b', done())
      await run.commit('d', done())
      expect(await run.take()).toEqual(['c'])
      expect((await run.commitAs(late, done())).held).toBe(false)
      await run.commit('c', done())
      expect(await run.take()).toEqual(['answer'])
      await run.money()
    })

    it('after it was dropped comes back, and those that went on without it wait for it', async () => {
      const run = await open({ a: [], b: [], c: ['a'] })
      await run.take()
      await run.drop('a')
      expect(await run.take()).toEqual(['c'])
      await run.rerun('a')
      expect(await run.states()).toMatchObject({ a: 'ready', c: 'waiting' })
    })

    it('in a job that rests at its cap waits for the job', async () => {
      const run = await open({ a: [], b: [] })
      await run.take()
      const { context, store } = run.tenant
      await suspendJob(store, context, { jobId: run.job.jobId, reason: 'cap' })
      await run.rerun('a')
      expect(await run.take()).toEqual([])
      await raiseCap(store, context, { jobId: run.job.jobId, capMicroUsd: 9_000_000 })
      expect(await run.take()).toEqual(['a', 'b'])
    })

    it('while it commits has either this step behind it or not, and the books agree', async () => {
      for (let round = 0; round < 8; round += 1) {
        const run = await open({ a: [], b: [] })
        await run.take()
        const ending = round % 2 === 0 ? done() : {}
        const [committed] = await Promise.all([run.commit('a', paid(0, ending)), run.rerun('a')])
        const { firstStep, steps } = await run.load('a')
        expect({ firstStep, steps }).toEqual({ firstStep: committed.held ? 1 : 0, steps: [] })
        expect(await run.money()).toEqual({ reserved: 0, settled: committed.held ? 100 : 0 })
        expect(await run.take()).toEqual(['a'])
        expect((await run.commit('a', paid(firstStep, done()))).held).toBe(true)
      }
    })

    it('is refused when it has not begun, after five times, and when the job has ended', async () => {
      const run = await open({ a: [], b: ['a'] })
      await run.take()
      await expect(run.rerun('b')).rejects.toMatchObject({ message: 'Task b has not begun yet.' })
      for (let times = 0; times < 5; times += 1) {
        await run.rerun('a')
        await run.take()
      }
      const message = 'Task a has begun again 5 times, which is the most.'
      await expect(run.rerun('a')).rejects.toMatchObject({ kind: 'conflict', message })
      const { context, store } = run.tenant
      await stopJob(store, context, { jobId: run.job.jobId, state: 'cancelled', answer: 'Stopped.' })
      const ended = { kind: 'conflict', message: expect.stringMatching(/^The job has ended/) }
      await expect(run.rerun('a')).rejects.toMatchObject(ended)
      await expect(run.drop('a')).rejects.toMatchObject(ended)
    })
  })
})
