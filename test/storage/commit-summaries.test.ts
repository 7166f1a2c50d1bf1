import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import { commitSteps } from '../../src/storage/steps/commit.ts'
import type { StepCommit } from '../../src/storage/steps/step-commit.ts'
import { loadTasks } from '../../src/storage/tasks/load.ts'
import { describeOneServer } from '../support/store.ts'
import { only, openTenant, systemOf, type Tenant, useBed } from './support/bed.ts'
import { commitOf, eventsOf, stepOf, summaryOf, workingTask } from './support/jobs.ts'

describeOneServer('a commit of a summary', (server) => {
  const bed = useBed(server)

  const commit = (tenant: Tenant, holder: string, commits: readonly StepCommit[]) =>
    commitSteps(tenant.store, systemOf(tenant), { holder, commits })
  const budgetOf = async (tenant: Tenant) => {
    const rows = await bed().admin`
      select reserved_micro_usd::int as reserved, settled_micro_usd::int as settled from loom.budgets
      where tenant_id = ${tenant.tenantId} and scope = 'job'`
    return { ...only(rows) }
  }
  const taskOf = async (taskId: string) =>
    only(await bed().admin`select * from loom.tasks where id = ${taskId}`)

  const begin = async () => {
    const [tenant, holder] = [await openTenant(bed()), randomUUID()]
    const { held, jobId, keys } = await workingTask(bed(), tenant, { holder })
    for (const ordinal of [0, 1]) {
      await commit(tenant, holder, [commitOf(held, keys, { step: stepOf({ ordinal, costMicroUsd: 10 }) })])
    }
    return { tenant, holder, held, jobId, keys }
  }
  const loaded = async (tenant: Tenant, taskId: string) =>
    only(await loadTasks(tenant.store, systemOf(tenant), { taskIds: [taskId] })).steps

  it('keeps it sealed with the newest step, pays for its call, and leaves the steps as they are', async () => {
    const { held, holder, jobId, keys, tenant } = await begin()
    const before = await loaded(tenant, held.taskId)
    const summary = summaryOf({ ordinal: 1, standsForBefore: 1, text: 'Alpaca.' })
    const result = await commit(tenant, holder, [
      commitOf(held, keys, { summary, wantMicroUsd: 70, leastMicroUsd: 1 }),
    ])
    expect(only(result)).toMatchObject({ held: true, grantedMicroUsd: 70 })
    const [first, second] = await loaded(tenant, held.taskId)
    expect(first).toEqual(before[0])
    expect(second).toEqual({ ...before[1], summary: { standsForBefore: 1, text: 'Alpaca.' } })
    const rows = await bed().admin`select summary_sealed from loom.steps where task_id = ${held.taskId}`
    expect(rows.map((row) => row.summary_sealed?.includes('Alpaca') ?? null)).toEqual([null, false])
    const usage = only(await bed().admin`select * from loom.usage_events where subject_id = ${summary.id}`)
    expect(usage).toMatchObject({ kind: 'step', job_id: jobId, tier: 'quick', cost_micro_usd: '300' })
    expect(await taskOf(held.taskId)).toMatchObject({ steps: 2, cost_micro_usd: '320' })
    expect(await budgetOf(tenant)).toEqual({ reserved: 70, settled: 320 })
    expect((await eventsOf(bed(), tenant, jobId)).at(-1)).toMatchObject({
      kind: 'compacted',
      standsForBefore: 1,
      costMicroUsd: 300,
    })
  })

  it('fails as a whole when its call is paid for already, and changes nothing', async () => {
    const { held, holder, keys, tenant } = await begin()
    const summary = summaryOf({ ordinal: 1, standsForBefore: 1 })
    await commit(tenant, holder, [commitOf(held, keys, { summary })])
    const again = commitOf(held, keys, { summary: { ...summary, text: 'another', standsForBefore: 0 } })
    await expect(commit(tenant, holder, [again])).rejects.toMatchObject({ kind: 'conflict' })
    expect((await loaded(tenant, held.taskId))[1]?.summary).toEqual({
      standsForBefore: 1,
      text: 'what was found so far',
    })
    expect(await budgetOf(tenant)).toEqual({ reserved: 0, settled: 320 })
  })

  it('is refused to a worker that lost its task', async () => {
    const { held, holder, keys, tenant } = await begin()
    const late = commitOf({ ...held, fence: held.fence - 1 }, keys, { summary: summaryOf({ ordinal: 1 }) })
    expect(only(await commit(tenant, holder, [late]))).toMatchObject({ held: false })
    expect((await loaded(tenant, held.taskId))[1]).not.toHaveProperty('summary')
  })

  it('without a call writes no usage: only pictures are left out from there on', async () => {
    const { held, holder, keys, tenant } = await begin()
    const { call: _, ...summary } = summaryOf({ ordinal: 1, text: '' })
    await commit(tenant, holder, [commitOf(held, keys, { summary })])
    expect((await loaded(tenant, held.taskId))[1]?.summary).toEqual({ standsForBefore: 0, text: '' })
    expect(await bed().admin`select 1 from loom.usage_events where task_id = ${held.taskId}`).toHaveLength(2)
  })
})
