import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, inject, it } from 'vitest'
import type { Plan, PlannedTask } from '../../src/core/plan.ts'
import { inTenant } from '../../src/storage/database.ts'
import { commitSteps } from '../../src/storage/steps/commit.ts'
import { dropTasks } from '../../src/storage/tasks/drop.ts'
import type { HeldTask } from '../../src/storage/tasks/held.ts'
import { startTasks } from '../../src/storage/tasks/start.ts'
import { openTenant, sealerOf, systemOf, type Tenant, useBed } from './support/bed.ts'
import { claim, commitOf, done, eventsOf, failed, type PlannedJob, planJob } from './support/jobs.ts'

const [server] = inject('servers')
if (!server) throw new Error('no test server')
const bed = useBed(server)

type Shape = Record<string, Partial<Pick<PlannedTask, 'needs' | 'ifFails' | 'enough'>>>
type State = 'waiting' | 'ready' | 'done' | 'failed' | 'cancelled'

const planFor = (shape: Shape, enough?: number): Plan => ({
  title: 'The plan',
  enough,
  tasks: Object.entries(shape).map(([key, part]) => ({
    ...{
      key,
      title: `Task ${key}`,
      objective: `Do ${key}`,
      output: '',
      files: [],
      needs: [],
      tier: 'standard',
    },
    ...part,
  })),
})

/** What ought to become of a plan, told in the plainest way. */
function model(plan: Plan) {
  const states = new Map<string, State>(plan.tasks.map((task) => [task.key, 'waiting']))
  let jobFailed = false
  const over = (key: string) => ['done', 'failed', 'cancelled'].includes(states.get(key) ?? '')
  const hopeless = (needs: readonly string[], enough = 0) =>
    needs.filter((need) => !['failed', 'cancelled'].includes(states.get(need) ?? '')).length < enough
  const nextOf = ({ enough, needs }: PlannedTask): State => {
    if (hopeless(needs, enough)) return 'failed'
    return needs.every(over) ? 'ready' : 'waiting'
  }
  const settle = () => {
    // A task needs only tasks before it: once through is enough.
    for (const task of plan.tasks.filter(({ key }) => states.get(key) === 'waiting')) {
      states.set(task.key, nextOf(task))
      if (states.get(task.key) === 'failed' && task.ifFails === 'stop') jobFailed = true
    }
    const keys = plan.tasks.map((task) => task.key)
    if (hopeless(keys, Math.max(1, plan.enough ?? 1))) jobFailed = true
  }
  settle()
  return {
    ready: () => [...states].filter(([, state]) => state === 'ready').map(([key]) => key),
    states: () => Object.fromEntries(states),
    jobFailed: () => jobFailed,
    end(key: string, state: 'done' | 'failed' | 'cancelled') {
      states.set(key, state)
      if (state === 'failed' && plan.tasks.find((task) => task.key === key)?.ifFails === 'stop')
        jobFailed = true
      settle()
    },
  }
}

/** The tasks that became ready, in hand and started. */
async function take(tenant: Tenant, job: PlannedJob, holder: string): Promise<Map<string, HeldTask>> {
  const tasks = (await claim(tenant, { holder })).filter((task) => task.jobId === job.jobId)
  if (tasks.length > 0) await startTasks(tenant.store, systemOf(tenant), { tasks })
  return new Map(tasks.map((task) => [job.keyOf.get(task.taskId) ?? '', task]))
}

async function statesOf(job: PlannedJob): Promise<Record<string, string>> {
  const rows = await bed()
    .admin`select id, state from loom.tasks where job_id = ${job.jobId} and kind = 'work'`
  return Object.fromEntries(
    rows.map((row) => [job.keyOf.get(row.id) ?? '', row.state === 'running' ? 'ready' : row.state]),
  )
}

const stateOf = async (job: PlannedJob) =>
  (await bed().admin`select state from loom.jobs where id = ${job.jobId}`)[0]?.state

function drop(tenant: Tenant, job: PlannedJob, taskIds: readonly string[]) {
  return inTenant(tenant.store, tenant.tenantId, async (tx) =>
    dropTasks(
      { tx, sealer: await sealerOf(tenant) },
      { tenantId: tenant.tenantId, jobId: job.jobId, taskIds },
    ),
  )
}

type End = 'done' | 'failed' | 'dropped'
interface Case {
  tasks: { needs: number[]; stop: number; enough: number | undefined; end: End }[]
  enough: number | undefined
  picks: number[]
}

/** A plan of any numbers: a task needs only tasks before it, and wants no more of them than there are. */
function planOfCase({ enough, tasks }: Case): Plan {
  const keyed = tasks.map((task, index) => {
    const needs = [...new Set(task.needs.filter((need) => need < index))].map((need) => `t${need}`)
    const ifFails = task.stop === 0 ? ('stop' as const) : ('go_without' as const)
    return [
      `t${index}`,
      { needs, ifFails, enough: Math.min(task.enough ?? 0, needs.length) || undefined },
    ] as const
  })
  return planFor(Object.fromEntries(keyed), enough && Math.min(enough, tasks.length))
}

/** Runs a plan beside its model, end by end, until the job has ended. */
async function runBeside(tenant: Tenant, input: Case): Promise<void> {
  const plan = planOfCase(input)
  const job = await planJob(bed(), tenant, { plan })
  const ought = model(plan)
  const holder = randomUUID()
  const open = new Map<string, HeldTask>()
  const begun = new Set<string>()
  const commit = (held: HeldTask, part: Parameters<typeof commitOf>[2]) =>
    commitSteps(tenant.store, systemOf(tenant), { holder, commits: [commitOf(held, job.keys, part)] })
  /** Ends a task as the case has it. Answers whether the job may still be looked at. */
  const end = async (key: string, held: HeldTask, how: End): Promise<boolean> => {
    if (how !== 'dropped') {
      await commit(held, how === 'failed' ? failed() : done())
      ought.end(key, how)
      return true
    }
    await drop(tenant, job, [held.taskId])
    ought.end(key, 'cancelled')
    // That a drop leaves nothing to answer with is for whoever drops.
    return !ought.jobFailed()
  }
  for (let turn = 0; !ought.jobFailed(); turn += 1) {
    for (const [key, held] of await take(tenant, job, holder)) {
      expect(begun, `${key} began twice`).not.toContain(key)
      begun.add(key)
      open.set(key, held)
    }
    expect(await statesOf(job)).toEqual(ought.states())
    const answer = open.get('answer')
    expect([...open.keys()].toSorted()).toEqual(answer ? ['answer'] : ought.ready().toSorted())
    if (answer) {
      await commit(answer, { ...done('The answer.'), answers: true })
      expect(await stateOf(job)).toBe('done')
      return
    }
    const [key, held] = [...open].at((input.picks[turn % input.picks.length] ?? 0) % open.size) ?? []
    if (!key || !held) throw new Error('nothing is left to do and the job has not ended')
    open.delete(key)
    if (!(await end(key, held, input.tasks[Number(key.slice(1))]?.end ?? 'done'))) return
    expect(await stateOf(job)).toBe(ought.jobFailed() ? 'failed' : 'running')
  }
  const kinds = (await eventsOf(bed(), tenant, job.jobId)).map((event) => event.kind)
  expect(kinds.filter((kind) => kind === 'failed')).toHaveLength(1)
  expect(await bed().admin`select 1 from loom.ready_tasks where job_id = ${job.jobId}`).toHaveLength(0)
}

describe('any plan', () => {
  const shape: fc.Arbitrary<Case> = fc.record({
    tasks: fc.array(
      fc.record({
        needs: fc.array(fc.nat({ max: 6 }), { maxLength: 4 }),
        stop: fc.integer({ min: 0, max: 5 }),
        enough: fc.option(fc.nat({ max: 4 }), { nil: undefined }),
        end: fc.constantFrom<End>('done', 'done', 'failed', 'failed', 'dropped'),
      }),
      { minLength: 2, maxLength: 7 },
    ),
    enough: fc.option(fc.integer({ min: 1, max: 7 }), { nil: undefined }),
    picks: fc.array(fc.nat({ max: 1_000 }), { minLength: 8, maxLength: 8 }),
  })

  it('runs as its policies say, whatever fails or is dropped, in any order of ends', async () => {
    const tenant = await openTenant(bed())
    await fc.assert(
      fc.asyncProperty(shape, (input) => runBeside(tenant, input)),
      { numRuns: 25, endOnFailure: true },
    )
  })
})

describe('a failure', () => {
  it('that leaves a line of tasks without hope fails all of it in one commit', async () => {
    const tenant = await openTenant(bed())
    const shape: Shape = { a: {}, other: {} }
    for (let at = 0; at < 40; at += 1) {
      shape[`t${at}`] = { needs: [at === 0 ? 'a' : `t${at - 1}`], enough: 1 }
    }
    const job = await planJob(bed(), tenant, { plan: planFor(shape) })
    const holder = randomUUID()
    const held = await take(tenant, job, holder)
    const a = held.get('a')
    if (!a) throw new Error('a is not ready')
    const [result] = await commitSteps(tenant.store, systemOf(tenant), {
      holder,
      commits: [commitOf(a, job.keys, failed())],
    })
    expect(result?.freed).toBe(0)
    const states = Object.values(await statesOf(job))
    expect(states.filter((state) => state === 'failed')).toHaveLength(41)
    const kinds = (await eventsOf(bed(), tenant, job.jobId)).map((event) => event.kind)
    expect(kinds.filter((kind) => kind === 'task_failed')).toHaveLength(41)
    expect(await stateOf(job)).toBe('running')
  })
})

describe('a dropped task', () => {
  it('gives back what it had reserved, and its late commit is refused', async () => {
    const tenant = await openTenant(bed())
    const job = await planJob(bed(), tenant, { plan: planFor({ a: {}, b: {} }) })
    const holder = randomUUID()
    const a = (await take(tenant, job, holder)).get('a')
    if (!a) throw new Error('a is not ready')
    const reserved = () =>
      bed()
        .admin`select reserved_micro_usd::int as held from loom.budgets where scope = 'job' and key = ${job.jobId}`
    await commitSteps(tenant.store, systemOf(tenant), {
      holder,
      commits: [commitOf(a, job.keys, { wantMicroUsd: 70, leastMicroUsd: 70 })],
    })
    expect(await reserved()).toMatchObject([{ held: 70 }])
    expect(await drop(tenant, job, [a.taskId])).toMatchObject({ dropped: [a.taskId], ready: 0, fatal: [] })
    expect(await reserved()).toMatchObject([{ held: 0 }])
    expect(await drop(tenant, job, [a.taskId])).toMatchObject({ dropped: [] })
    const late = await commitSteps(tenant.store, systemOf(tenant), {
      holder,
      commits: [commitOf(a, job.keys, { ...done(), releaseMicroUsd: 70 })],
    })
    expect(late).toMatchObject([{ held: false }])
  })
})
