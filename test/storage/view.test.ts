import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import { stopJob } from '../../src/storage/jobs/stop.ts'
import { suspendJob } from '../../src/storage/jobs/suspend.ts'
import { viewJob } from '../../src/storage/jobs/view.ts'
import { commitSteps } from '../../src/storage/steps/commit.ts'
import type { StepCommit } from '../../src/storage/steps/step-commit.ts'
import { describeOneServer } from '../support/store.ts'
import { openTenant, systemOf, type Tenant, useBed } from './support/bed.ts'
import { claim, commitOf, done, failed, openJob, stepOf, workingTask } from './support/jobs.ts'

describeOneServer('the view of a job', (server) => {
  const bed = useBed(server)

  const view = async (tenant: Tenant, jobId: string) => {
    const seen = await viewJob(tenant.store, tenant.context, { jobId })
    if (!seen) throw new Error('no such job')
    return seen
  }
  const begin = async (graph: Record<string, readonly string[]>) => {
    const tenant = await openTenant(bed())
    const holder = randomUUID()
    const job = await workingTask(bed(), tenant, { holder, graph })
    const commit = (part: Partial<StepCommit>, held = job.held) =>
      commitSteps(tenant.store, systemOf(tenant), { holder, commits: [commitOf(held, job.keys, part)] })
    return { tenant, holder, commit, ...job }
  }

  it('shows the planner while there is no plan yet', async () => {
    const tenant = await openTenant(bed())
    const { jobId } = await openJob(bed(), tenant, { text: 'Compare three exports', capMicroUsd: 2_000_000 })
    const { card, eventSeq } = await view(tenant, jobId)
    expect(eventSeq).toBe(1)
    expect(card).toMatchObject({
      jobId,
      title: 'Compare three exports',
      state: 'received',
      reason: undefined,
      done: 0,
      total: 1,
      costMicroUsd: 0,
      capMicroUsd: 2_000_000,
      endedAtMs: undefined,
    })
    expect(card.rows).toMatchObject([
      { title: 'Planning', state: 'ready', waitsFor: [], activity: '', step: 0 },
    ])
    expect(Math.abs(card.startedAtMs - Date.now())).toBeLessThan(60_000)
  })

  it('shows the plan in its order, and for each task what it still waits for', async () => {
    const { commit, jobId, tenant } = await begin({ a: [], b: [], c: ['a', 'b'], d: ['c'] })
    const rows = async () =>
      (await view(tenant, jobId)).card.rows.map(({ state, title, waitsFor }) => [
        title,
        state,
        [...waitsFor].sort(),
      ])
    const titles = ['Task a', 'Task b', 'Task c', 'Task d']
    expect((await view(tenant, jobId)).card.title).toBe('The plan')
    expect(await rows()).toEqual([
      ['Task a', 'running', []],
      ['Task b', 'running', []],
      ['Task c', 'waiting', ['Task a', 'Task b']],
      ['Task d', 'waiting', ['Task c']],
      ['Writing the answer', 'waiting', titles],
    ])
    await commit(done())
    expect(await rows()).toEqual([
      ['Task a', 'done', []],
      ['Task b', 'running', []],
      ['Task c', 'waiting', ['Task b']],
      ['Task d', 'waiting', ['Task c']],
      ['Writing the answer', 'waiting', titles.slice(1)],
    ])
    expect((await view(tenant, jobId)).card).toMatchObject({ done: 1, total: 5 })
  })

  it('says of a task what it does, then what it found, or why it failed; never more than a line', async () => {
    const { commit, held, holder, ids, jobId, keys, tenant } = await begin({ a: [], b: [] })
    const row = async (key: string) =>
      (await view(tenant, jobId)).card.rows.find((each) => each.key === ids.get(key))
    await commit({ step: stepOf({ activity: 'counting rows', costMicroUsd: 70 }) })
    expect(await row('a')).toMatchObject({ activity: 'counting rows', step: 1, costMicroUsd: 70 })
    await commit(done('\n\n## **1,204** rows in `jan.csv`\nand more'))
    expect(await row('a')).toMatchObject({ state: 'done', activity: '1,204 rows in jan.csv' })
    await bed()
      .admin`update loom.ready_tasks set holder = ${holder}, fence = ${held.fence} where task_id = ${ids.get('b') ?? ''}`
    const other = { ...held, taskId: ids.get('b') ?? '' }
    await commitSteps(tenant.store, systemOf(tenant), {
      holder,
      commits: [commitOf(other, keys, failed(`The file was cut: ${'👍'.repeat(140)}`))],
    })
    const activity = (await row('b'))?.activity ?? ''
    expect(activity).toMatch(/^The file was cut: 👍+…$/u)
    expect([...activity].length).toBeLessThanOrEqual(120)
    expect(activity).toBe(activity.toWellFormed())
  })

  it('says for how many minutes an agent was not heard of, all of them counted from the job’s beginning', async () => {
    const { commit, ids, jobId, tenant } = await begin({ a: [], b: [], c: ['a'] })
    const quiet = async () => {
      const { rows } = (await view(tenant, jobId)).card
      return ['a', 'b', 'c'].map((key) => rows.find((row) => row.key === ids.get(key))?.quietMinutes)
    }
    expect(await quiet()).toEqual([undefined, undefined, undefined])
    await commit({ step: stepOf() })
    // Just before a minute of the job’s own begins, and the job just after one.
    const ago = (minutes: number, seconds = 15) => new Date(Date.now() - minutes * 60_000 - seconds * 1_000)
    const sql = bed().admin
    await sql`update loom.jobs set created_at = ${ago(60, 5)} where id = ${jobId}`
    await sql`update loom.tasks set started_at = ${ago(40)} where job_id = ${jobId} and started_at is not null`
    await sql`update loom.ready_tasks set ready_at = ${ago(40)} where job_id = ${jobId}`
    // The first has taken a step since; the second was only begun.
    await sql`update loom.steps set created_at = ${ago(7)} where job_id = ${jobId}`
    expect(await quiet()).toEqual([7, 40, undefined])
    await commit({ step: stepOf({ ordinal: 1 }) })
    expect(await quiet()).toEqual([undefined, 40, undefined])
    await sql`update loom.ready_tasks set ready_at = ${ago(3)} where job_id = ${jobId}`
    expect(await quiet()).toEqual([undefined, 3, undefined])
  })

  it('sums the cost of all tasks, and counts as done what is done', async () => {
    const { commit, jobId, tenant } = await begin({ a: [], b: [] })
    for (let ordinal = 0; ordinal < 3; ordinal += 1)
      await commit({ step: stepOf({ ordinal, costMicroUsd: 111 }) })
    await commit(failed())
    expect((await view(tenant, jobId)).card).toMatchObject({ costMicroUsd: 333, done: 0, total: 3 })
  })

  it('says why a job rests, and when it ended', async () => {
    const { jobId, tenant } = await begin({ a: [], b: [] })
    await suspendJob(tenant.store, tenant.context, { jobId, reason: 'cap' })
    expect((await view(tenant, jobId)).card).toMatchObject({
      state: 'suspended',
      reason: 'cap',
      endedAtMs: undefined,
    })
    expect(await claim(tenant, { holder: randomUUID() })).toEqual([])
    await stopJob(tenant.store, tenant.context, { jobId, state: 'cancelled', answer: 'stopped' })
    const { card } = await view(tenant, jobId)
    expect(card).toMatchObject({ state: 'cancelled', reason: undefined, endedAtMs: expect.any(Number) })
    expect(card.rows.map((row) => row.state)).toEqual(['cancelled', 'cancelled', 'cancelled'])
    expect(card.endedAtMs).toBeGreaterThanOrEqual(card.startedAtMs)
  })

  it('names the last event that it includes', async () => {
    const { commit, jobId, tenant } = await begin({ a: [], b: [] })
    const before = (await view(tenant, jobId)).eventSeq
    await commit({ step: stepOf() })
    expect((await view(tenant, jobId)).eventSeq).toBe(before + 1)
  })

  it('is nothing where there is no such job', async () => {
    const tenant = await openTenant(bed())
    expect(await viewJob(tenant.store, tenant.context, { jobId: randomUUID() })).toBeUndefined()
  })
})
