import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { askApproval } from '../../src/storage/approvals/ask.ts'
import { openApprovals } from '../../src/storage/approvals/load.ts'
import { pressApproval } from '../../src/storage/approvals/press.ts'
import { stopJob } from '../../src/storage/jobs/stop.ts'
import { raiseCap, suspendJob } from '../../src/storage/jobs/suspend.ts'
import { answerQuestion } from '../../src/storage/questions/answer.ts'
import { askQuestion } from '../../src/storage/questions/ask.ts'
import { commitSteps } from '../../src/storage/steps/commit.ts'
import type { HeldTask } from '../../src/storage/tasks/held.ts'
import { startTasks } from '../../src/storage/tasks/start.ts'
import { describeOneServer, type TestBed } from '../support/store.ts'
import { openTenant, systemOf, type Tenant, useBed } from './support/bed.ts'
import { claim, commitOf, done, planJob, stepOf } from './support/jobs.ts'

const deeds = ['ask', 'need', 'end', 'answer', 'approve', 'deny', 'cap', 'raise'] as const
type Deed = (typeof deeds)[number]

/** A job of three agents, and what can happen to it from inside and from outside. */
async function openScene(bed: TestBed, tenant: Tenant) {
  const job = await planJob(bed, tenant, { graph: { a: [], b: [], c: [] } })
  const { jobId, keys } = job
  const holder = randomUUID()
  const steps = new Map<string, number>()
  const fences = new Map<string, number>()
  const system = systemOf(tenant)

  /** Whatever is ready, taken in hand; the one that is meant. */
  const hold = async (which: number): Promise<HeldTask | undefined> => {
    await bed.admin`update loom.ready_tasks set holder = null, lease_until = null where job_id = ${jobId}`
    const tasks = (await claim(tenant, { holder })).filter((task) => task.jobId === jobId)
    await startTasks(tenant.store, system, { tasks })
    for (const { fence, taskId } of tasks) {
      expect(fence).toBeGreaterThan(fences.get(taskId) ?? 0)
      fences.set(taskId, fence)
    }
    return tasks.toSorted((x, y) => (x.taskId < y.taskId ? -1 : 1))[which % Math.max(1, tasks.length)]
  }
  const reply = async (task: HeldTask) => {
    const ordinal = steps.get(task.taskId) ?? 0
    steps.set(task.taskId, ordinal + 1)
    const open =
      await bed.admin`select id, ordinal from loom.steps where task_id = ${task.taskId} and state = 'replied'`
    const results = { results: [], activity: 'acting' }
    for (const { id, ordinal } of open) {
      const stepEnd = { id: String(id), ordinal: Number(ordinal), ...results }
      await commitSteps(tenant.store, system, { holder, commits: [commitOf(task, keys, { stepEnd })] })
    }
    const step = stepOf({ state: 'replied', ordinal })
    await commitSteps(tenant.store, system, { holder, commits: [commitOf(task, keys, { step })] })
    return { task, holder, stepId: step.id, callId: 'call' }
  }
  const press = async (pressed: 'approved' | 'denied') => {
    const [approval] = await openApprovals(tenant.store, tenant.context, { jobId })
    const approvalId = approval?.approvalId
    if (approvalId) await pressApproval(tenant.store, tenant.context, { approvalId, press: pressed })
  }
  const within = async (which: number, work: (task: HeldTask) => Promise<unknown>) => {
    const task = await hold(which)
    if (task) await work(task)
  }
  const doing: Record<Deed, (which: number) => Promise<unknown>> = {
    ask: (which) =>
      within(which, async (task) => {
        const question = { text: 'Which?', choices: [] }
        const asked = await askQuestion(tenant.store, system, { ...(await reply(task)), question })
        expect(['open', 'too_many']).toContain(asked.state)
      }),
    need: (which) =>
      within(which, async (task) => {
        const request = { tool: 'drop', input: { which }, request: 'Delete it.' }
        expect(await askApproval(tenant.store, system, { ...(await reply(task)), request })).toBe('open')
      }),
    end: (which) =>
      within(which, (task) =>
        commitSteps(tenant.store, system, { holder, commits: [commitOf(task, keys, done())] }),
      ),
    answer: () => answerQuestion(tenant.store, tenant.context, { jobId, text: 'this' }),
    approve: () => press('approved'),
    deny: () => press('denied'),
    cap: () => suspendJob(tenant.store, system, { jobId, reason: 'cap' }),
    raise: () => raiseCap(tenant.store, tenant.context, { jobId, capMicroUsd: 9_000_000 }),
  }
  const stop = () => stopJob(tenant.store, tenant.context, { jobId, state: 'cancelled', answer: 'Stopped.' })
  return { doing, jobId, stop }
}

/** What of the job's rows contradicts the others. */
async function faultsOf(bed: TestBed, jobId: string): Promise<string[]> {
  const [job] = await bed.admin<{ state: string; reason: string | null }[]>`
    select state, reason from loom.jobs where id = ${jobId}`
  const tasks = await bed.admin<{ state: string; ready: boolean; question: boolean; approval: boolean }[]>`
    select t.state, exists (select 1 from loom.ready_tasks r where r.task_id = t.id) as ready,
           exists (select 1 from loom.questions q where q.task_id = t.id and q.state = 'open') as question,
           exists (select 1 from loom.approvals a where a.task_id = t.id and a.state = 'open') as approval
    from loom.tasks t where t.job_id = ${jobId}`
  const isReady = (state: string) => state === 'ready' || state === 'running'
  const isEnded = job?.state === 'cancelled' || job?.state === 'done'
  const waits = (task: (typeof tasks)[number]) => task.question || task.approval
  const timers = await bed.admin`
    select 1 from loom.timers t where t.kind = 'approval' and not exists (
      select 1 from loom.approvals a where a.id = t.subject_id and a.state = 'open')`
  const says = (fault: string, is: boolean) => (is ? [fault] : [])
  return [
    ...says(
      'a task is ready and has no place, or the other way round',
      tasks.some((t) => t.ready !== isReady(t.state)),
    ),
    ...says(
      'a task that waits for people is not suspended',
      tasks.some((t) => waits(t) && t.state !== 'suspended'),
    ),
    ...says('a job rests while a task is ready', job?.state === 'suspended' && tasks.some((t) => t.ready)),
    ...says(
      'a job goes on with nothing ready',
      job?.state !== 'suspended' && !isEnded && !tasks.some((t) => t.ready),
    ),
    ...says(
      'a job rests for a question that is not there',
      job?.reason === 'question' && !tasks.some((t) => t.question),
    ),
    ...says(
      'a job rests for an approval that is not there',
      job?.reason === 'approval' && !tasks.some((t) => t.approval),
    ),
    ...says(
      'a task rests for nothing',
      job?.reason !== 'cap' && tasks.some((t) => t.state === 'suspended' && !waits(t)),
    ),
    ...says('an ended job still asks', isEnded && tasks.some(waits)),
    ...says('a timer is left of what is settled', timers.length > 0),
  ]
}

describeOneServer('what rests and what goes on', (server) => {
  const bed = useBed(server)

  it('fits together whatever is asked, answered, capped, raised, ended and stopped in whichever order', async () => {
    const tenant = await openTenant(bed())
    const deed = fc.record({ what: fc.constantFrom(...deeds), which: fc.nat(2) })
    const story = fc.record({ steps: fc.array(deed, { minLength: 1, maxLength: 14 }), stopped: fc.boolean() })
    await fc.assert(
      fc.asyncProperty(story, async ({ steps, stopped }) => {
        const { doing, jobId, stop } = await openScene(bed(), tenant)
        for (const { what, which } of steps) {
          await doing[what](which)
          expect(await faultsOf(bed(), jobId)).toEqual([])
        }
        if (stopped) await stop()
        expect(await faultsOf(bed(), jobId)).toEqual([])
      }),
      { numRuns: 25 },
    )
  })
})
