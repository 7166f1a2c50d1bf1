import { createHash, randomUUID } from 'node:crypto'
import { expect, it, vi } from 'vitest'
import { startOutbox } from '../../src/bots/outbox.ts'
import type { ChatPort, OutMessage } from '../../src/core/chat.ts'
import { createLinks } from '../../src/core/links.ts'
import { askAgain } from '../../src/storage/deliveries/ask-again.ts'
import { stopJob } from '../../src/storage/jobs/stop.ts'
import { suspendJob } from '../../src/storage/jobs/suspend.ts'
import { answerQuestion } from '../../src/storage/questions/answer.ts'
import { askQuestion } from '../../src/storage/questions/ask.ts'
import { loadQuestion, openQuestions } from '../../src/storage/questions/load.ts'
import { commitSteps } from '../../src/storage/steps/commit.ts'
import type { StepCommit } from '../../src/storage/steps/step-commit.ts'
import { loadTasks } from '../../src/storage/tasks/load.ts'
import { describeOneServer, silentLog, type TestBed } from '../support/store.ts'
import { only, openTenant, systemOf, type Tenant, useBed } from './support/bed.ts'
import { claim, commitOf, done, stepOf, workingTask } from './support/jobs.ts'

const asks = { type: 'tool_call', id: 'call', name: 'ask_user', input: {} } as const

/** A task in hand whose last reply is kept and asks. */
async function asking(bed: TestBed, tenant: Tenant, graph: Record<string, string[]> = { a: [] }) {
  const holder = randomUUID()
  const job = await workingTask(bed, tenant, { holder, graph })
  const step = stepOf({ state: 'replied', reply: [asks], costMicroUsd: 70 })
  const commit = (part: Partial<StepCommit>) =>
    commitSteps(tenant.store, systemOf(tenant), { holder, commits: [commitOf(job.held, job.keys, part)] })
  await commit({ wantMicroUsd: 500, leastMicroUsd: 1 })
  const kept = await commit({ step, releaseMicroUsd: 500 })
  const ask = (callId = 'call', task = job.held) =>
    askQuestion(tenant.store, systemOf(tenant), {
      ...{ task, holder, stepId: step.id, callId },
      question: { text: 'Which?', choices: ['this', 'that'] },
    })
  const answer = (text: string) => answerQuestion(tenant.store, tenant.context, { jobId: job.jobId, text })
  return { ...job, holder, step, commit, kept, ask, answer }
}

describeOneServer('replied steps', (server) => {
  const bed = useBed(server)

  it('are kept whole but for their results, settled and unreserved, and come back as what is next', async () => {
    const tenant = await openTenant(bed())
    const { held, jobId, kept, step } = await asking(bed(), tenant)
    expect(kept).toEqual([{ held: true, unheard: false, said: 0, grantedMicroUsd: 0, freed: 0 }])
    const [budget] = await bed().admin`
      select reserved_micro_usd::int as reserved, settled_micro_usd::int as settled from loom.budgets
      where scope = 'job' and key = ${jobId}`
    expect(budget).toEqual({ reserved: 0, settled: 70 })
    const task = only(await loadTasks(tenant.store, systemOf(tenant), { taskIds: [held.taskId] }))
    expect(task.steps).toEqual([])
    expect(task.replied).toEqual({ id: step.id, ordinal: 0, heard: [], reply: [asks] })
  })

  it('get their results once, under lease and fence, and are steps like others then', async () => {
    const tenant = await openTenant(bed())
    const { commit, held, holder, keys, step } = await asking(bed(), tenant)
    const text = { type: 'text', text: 'a result' } as const
    const stepEnd = { id: step.id, ordinal: 0, results: [text], activity: 'acting' }
    const late = commitOf({ ...held, fence: held.fence - 1 }, keys, { stepEnd })
    const refused = await commitSteps(tenant.store, systemOf(tenant), { holder, commits: [late] })
    expect(refused).toMatchObject([{ held: false }])
    expect(await commit({ stepEnd, wantMicroUsd: 5, leastMicroUsd: 1 })).toEqual([
      { held: true, unheard: false, said: 0, grantedMicroUsd: 5, freed: 0 },
    ])
    await expect(commit({ stepEnd, releaseMicroUsd: 5 })).rejects.toMatchObject({ kind: 'conflict' })
    const task = only(await loadTasks(tenant.store, systemOf(tenant), { taskIds: [held.taskId] }))
    expect(task.replied).toBeUndefined()
    expect(task.steps).toEqual([{ ordinal: 0, heard: [], reply: [asks], results: [text] }])
    expect(task).toMatchObject({ costMicroUsd: 70, reservedMicroUsd: 5 })
  })

  it('and whole ones of other tasks travel in one group', async () => {
    const tenant = await openTenant(bed())
    const { commit, held, holder, ids, keys, step } = await asking(bed(), tenant, { a: [], b: [] })
    const other = { ...held, taskId: ids.get('b') ?? '' }
    const stepEnd = { id: step.id, ordinal: 0, results: [], activity: 'acting' }
    const group = [commitOf(held, keys, { stepEnd, ...done('a') }), commitOf(other, keys, { step: stepOf() })]
    const both = await commitSteps(tenant.store, systemOf(tenant), { holder, commits: group })
    expect(both.map(({ held }) => held)).toEqual([true, true])
    const states = await bed()
      .admin`select state from loom.steps where task_id in (${held.taskId}, ${other.taskId})`
    expect(states.map((row) => row.state)).toEqual(['committed', 'committed'])
    await expect(commit({ stepEnd })).resolves.toMatchObject([{ held: false }])
  })
})

describeOneServer('questions', (server) => {
  const bed = useBed(server)

  it('are asked once for each call, and refused to a worker that lost its task', async () => {
    const tenant = await openTenant(bed())
    const { ask, held, holder, jobId } = await asking(bed(), tenant)
    const twin = { ...held, fence: held.fence - 1 }
    await expect(ask('call', twin)).rejects.toMatchObject({ kind: 'lease_lost' })
    const both = await Promise.allSettled([ask(), ask()])
    // The first one rests the task: the other no longer holds it.
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(await bed().admin`select 1 from loom.questions where job_id = ${jobId}`).toHaveLength(1)
    expect(await bed().admin`select 1 from loom.ready_tasks where holder = ${holder}`).toHaveLength(0)
  })

  it('are found again by whoever runs the call, under a fence above every one from before', async () => {
    const tenant = await openTenant(bed())
    const { answer, ask, held, jobId, step } = await asking(bed(), tenant)
    expect(await ask()).toEqual({ state: 'open' })
    await answer('2.')
    const holder = randomUUID()
    const again = only((await claim(tenant, { holder })).filter((task) => task.jobId === jobId))
    expect(again.taskId).toBe(held.taskId)
    expect(again.fence).toBeGreaterThan(held.fence)
    const reply = await askQuestion(tenant.store, systemOf(tenant), {
      ...{ task: again, holder, stepId: step.id, callId: 'call' },
      question: { text: 'Which?', choices: ['this', 'that'] },
    })
    expect(reply).toEqual({ state: 'answered', text: 'that' })
    expect(await bed().admin`select 1 from loom.ready_tasks where holder = ${holder}`).toHaveLength(1)
  })

  it('say once they are settled who answered, and nobody before', async () => {
    const tenant = await openTenant(bed())
    const { answer, ask, jobId } = await asking(bed(), tenant)
    await ask()
    const { questionId } = only(await openQuestions(tenant.store, tenant.context, { jobId }))
    const load = () => loadQuestion(tenant.store, systemOf(tenant), { questionId })
    expect(await load()).toMatchObject({ state: 'open', answer: undefined, answeredBy: undefined })
    await answer('1')
    expect(await load()).toMatchObject({ state: 'answered', answer: 'this', answeredBy: 'Owner' })
  })

  it('and a cap that is met at the same time leave a job that rests for one of both, and nothing ready', async () => {
    const tenant = await openTenant(bed())
    for (let turn = 0; turn < 6; turn += 1) {
      const { ask, answer, jobId } = await asking(bed(), tenant)
      await ask()
      const suspend = () => suspendJob(tenant.store, systemOf(tenant), { jobId, reason: 'cap' })
      const [answered, capped] = await Promise.all([answer('x'), suspend()])
      expect(answered?.kind).toBe('answered')
      const [job] = await bed().admin`select state, reason from loom.jobs where id = ${jobId}`
      const ready = await bed().admin`select 1 from loom.ready_tasks where job_id = ${jobId}`
      if (capped) expect([job, ready.length]).toEqual([{ state: 'suspended', reason: 'cap' }, 0])
      else expect([job, ready.length]).toEqual([{ state: 'running', reason: null }, 1])
    }
  })
})

/** A platform that keeps what it shows; `held` stands in the way of a post that it has taken. */
function createPlatform(held?: Promise<void>) {
  const shown = new Map<string, OutMessage[]>()
  const posted = Promise.withResolvers<void>()
  const port: ChatPort = {
    platform: 'local',
    editEveryMs: 10,
    serves: () => true,
    async post(_thread, message, { nonce }) {
      shown.set(nonce, [message])
      if (message.kind === 'question') {
        posted.resolve()
        await held
      }
      return nonce
    },
    async edit(_thread, ref, message) {
      shown.get(ref)?.push(message)
    },
    remove: async (_thread, ref) => (shown.delete(ref) ? 'removed' : 'gone'),
  }
  const questions = () =>
    [...shown.values()].flatMap((messages) => {
      const states = messages.flatMap((message) =>
        message.kind === 'question'
          ? [`${message.question.state} ${message.question.answer ?? ''}`.trim()]
          : [],
      )
      return states.length > 0 ? [states] : []
    })
  return { port, posted: posted.promise, questions }
}

describeOneServer('the message of a question', (server) => {
  const bed = useBed(server)
  const open = (tenant: Tenant, port: ChatPort) =>
    startOutbox({
      ...{ store: tenant.store, port, log: silentLog },
      links: createLinks({
        key: createHash('sha256').update('k').digest(),
        baseUrl: 'http://x',
        now: Date.now,
        ttlMs: 60_000,
      }),
    })
  const until = (condition: () => boolean | Promise<boolean>) =>
    vi.waitUntil(condition, { timeout: 20_000, interval: 5 })
  const isQuiet = async (jobId: string) => {
    const rows = await bed().admin`
      select 1 from loom.due_deliveries q join loom.deliveries d on d.id = q.delivery_id
      where d.job_id = ${jobId} and d.kind = 'question'`
    return rows.length === 0
  }

  it('is posted once, then left alone until it is answered, and edited there', async () => {
    const tenant = await openTenant(bed())
    const { answer, ask, jobId } = await asking(bed(), tenant)
    const { port, questions } = createPlatform()
    const outbox = open(tenant, port)
    await ask()
    await until(async () => questions().length > 0 && (await isQuiet(jobId)))
    await answer('1')
    await until(() => questions()[0]?.length === 2)
    await until(() => isQuiet(jobId))
    await outbox.close()
    expect(questions()).toEqual([['open', 'answered this']])
  })

  it('is edited also when the answer comes while it is being posted', async () => {
    const tenant = await openTenant(bed())
    const { answer, ask, jobId } = await asking(bed(), tenant)
    const release = Promise.withResolvers<void>()
    const { port, posted, questions } = createPlatform(release.promise)
    const outbox = open(tenant, port)
    await ask()
    await posted
    await answer('that')
    release.resolve()
    await until(() => questions()[0]?.length === 2)
    await until(() => isQuiet(jobId))
    await outbox.close()
    expect(questions()).toEqual([['open', 'answered that']])
  })

  it('says that no answer is needed any more before the answer of a job that was stopped', async () => {
    const tenant = await openTenant(bed())
    const { ask, jobId } = await asking(bed(), tenant)
    const { port, questions } = createPlatform()
    const outbox = open(tenant, port)
    await ask()
    await until(async () => questions().length > 0 && (await isQuiet(jobId)))
    await stopJob(tenant.store, tenant.context, { jobId, state: 'cancelled', answer: 'Stopped.' })
    const sent = async () => {
      const rows = await bed().admin`
        select kind, state from loom.deliveries where job_id = ${jobId} order by kind`
      return rows.map(({ kind, state }) => `${kind} ${state}`).join(', ')
    }
    await until(async () => (await sent()) === 'answer sent, card sent, question sent')
    await outbox.close()
    expect(questions()).toEqual([['open', 'withdrawn']])
  })

  it('comes anew where a terminal takes over, and only while it is open', async () => {
    const tenant = await openTenant(bed())
    const { answer, ask, jobId } = await asking(bed(), tenant)
    const { port, questions } = createPlatform()
    const outbox = open(tenant, port)
    await ask()
    await until(async () => questions().length > 0 && (await isQuiet(jobId)))
    await askAgain(tenant.store, tenant.context, { jobId })
    await until(() => questions()[0]?.length === 2)
    await answer('x')
    await until(() => questions()[0]?.length === 3)
    await until(() => isQuiet(jobId))
    await askAgain(tenant.store, tenant.context, { jobId })
    expect(await isQuiet(jobId)).toBe(true)
    await outbox.close()
    expect(questions()).toEqual([['open', 'open', 'answered x']])
  })
})
