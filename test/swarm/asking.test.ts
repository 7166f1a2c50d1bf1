import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { receiveMention } from '../../src/bots/inbox.ts'
import type { ModelRequest } from '../../src/core/model.ts'
import { mostQuestions } from '../../src/core/people.ts'
import type { ThreadId } from '../../src/core/thread-id.ts'
import { findUnfinished } from '../../src/storage/jobs/find.ts'
import { stopJob } from '../../src/storage/jobs/stop.ts'
import { raiseCap, suspendJob } from '../../src/storage/jobs/suspend.ts'
import { viewJob } from '../../src/storage/jobs/view.ts'
import { answerQuestion } from '../../src/storage/questions/answer.ts'
import { loadQuestion, openQuestions } from '../../src/storage/questions/load.ts'
import { silentLog } from '../support/store.ts'
import {
  call,
  lastResults,
  openSwarm,
  type Person,
  plan,
  priced,
  type Swarm,
  say,
  scriptedModel,
} from './swarm-bed.ts'

let swarm: Swarm
let person: Person

beforeAll(async () => {
  swarm = await openSwarm()
})
beforeEach(async () => {
  person = await swarm.person()
})
afterEach(() => swarm.clear())
afterAll(() => swarm.close())

const asks = (question: string, choices?: string[]) => ({
  parts: [call('ask_user', choices ? { question, choices } : { question })],
})
const echo = (request: ModelRequest) => say(`Heard: ${lastResults(request)[0]?.text}`)
const answers = (jobId: string, text: string, questionId?: string) =>
  answerQuestion(swarm.store, person.context, { jobId, text, ...(questionId ? { questionId } : {}) })
const isSuspended = (jobId: string) =>
  vi.waitUntil(async () => (await person.state(jobId)) === 'suspended', { timeout: 20_000, interval: 10 })
const open = (jobId: string) => openQuestions(swarm.store, person.context, { jobId })
const jobRow = async (jobId: string) => {
  const [row] = await swarm.bed.admin`select state, reason from loom.jobs where id = ${jobId}`
  return row
}
const eventKinds = async (jobId: string) => {
  const rows = await swarm.bed.admin`select kind from loom.events where job_id = ${jobId} order by seq`
  return rows.map((row) => String(row.kind))
}

describe('an agent that asks', () => {
  test('rests alone, then its job with it; a worker that knew nothing of it finds the answer and ends it', async () => {
    const first = scriptedModel(
      {
        plan: [plan('asks', 'other')],
        asks: [{ ...asks('Which currency?', ['EUR', 'USD']), usage: { inputTokens: 1_000 } }],
        other: [{ parts: [call('list', {})] }, say('Found it.')],
      },
      priced,
    )
    const worker = await swarm.work(first)
    const jobId = await person.ask('Find out.')
    await isSuspended(jobId)
    first.done()
    await worker.close({ boundMs: 100 })

    expect(await jobRow(jobId)).toEqual({ state: 'suspended', reason: 'question' })
    expect(await swarm.bed.admin`select 1 from loom.ready_tasks`).toHaveLength(0)
    const [held] = await swarm.bed.admin`select sum(reserved_micro_usd)::int as held from loom.budgets`
    expect(held?.held).toBe(0)
    const view = await viewJob(swarm.store, person.context, { jobId })
    expect(view?.card.rows.map(({ activity, state }) => `${state}: ${activity}`)).toEqual([
      'suspended: waits for your answer',
      'done: Found it.',
      'waiting: ',
    ])
    const [question] = await open(jobId)
    expect(question).toMatchObject({ asker: 'Task asks', text: 'Which currency?', choices: ['EUR', 'USD'] })

    const second = scriptedModel({ asks: [echo], synthesize: [say('All.')] }, priced)
    await swarm.work(second)
    expect(await answers(jobId, '2')).toEqual({
      kind: 'answered',
      question: 'Which currency?',
      answer: 'USD',
    })
    swarm.parts.ring('worker')
    const answer = await person.answer(jobId)
    second.done()
    expect(answer).toMatchObject({ outcome: 'done', markdown: 'All.' })
    expect(second.requests[0]?.request.messages.at(-1)?.parts).toMatchObject([
      { type: 'tool_result', content: [{ text: 'The person answered:\n\nUSD' }], isError: false },
    ])
    const steps = await swarm.bed.admin`select state, results_sealed is null as bare from loom.steps`
    expect(steps).toHaveLength(7)
    for (const step of steps) expect(step).toEqual({ state: 'committed', bare: false })
    expect(await swarm.bed.admin`select 1 from loom.usage_events`).toHaveLength(7)
    const kinds = await eventKinds(jobId)
    expect(kinds.filter((kind) => /asked|answered|suspended|resumed|acted/.test(kind))).toEqual([
      'asked',
      'suspended',
      'answered',
      'resumed',
      'acted',
    ])
    expect(await eventSeqIsWhole(jobId)).toBe(true)
  })

  test('rests while others go on, and when it alone is left its job says so at once', async () => {
    const release = Promise.withResolvers<void>()
    const model = scriptedModel({
      plan: [plan('asks', 'slow')],
      asks: [asks('Which?')],
      slow: [
        async () => {
          await release.promise
          return say('Slowly.')
        },
      ],
    })
    await swarm.work(model)
    const jobId = await person.ask('Find out.')
    await vi.waitUntil(async () => (await open(jobId)).length === 1, { timeout: 20_000, interval: 10 })
    expect(await person.state(jobId)).toBe('running')
    release.resolve()
    await isSuspended(jobId)
    expect(await jobRow(jobId)).toEqual({ state: 'suspended', reason: 'question' })
    model.done()
  })

  test('may be the planner, and the one that writes the answer', async () => {
    const model = scriptedModel({
      plan: [asks('How many parts?'), plan('a', 'b')],
      a: [say('A.')],
      b: [say('B.')],
      synthesize: [asks('How long?'), echo],
    })
    await swarm.work(model)
    const jobId = await person.ask('Find out.')
    for (const text of ['two', 'short']) {
      await isSuspended(jobId)
      await answers(jobId, text)
      expect(await person.state(jobId)).toBe(text === 'two' ? 'planning' : 'synthesizing')
      swarm.parts.ring('worker')
    }
    const answer = await person.answer(jobId)
    model.done()
    expect(answer.markdown).toBe('Heard: The person answered:\n\nshort')
  })

  test('asks one thing at a time, and what stood before the question in its reply counts once', async () => {
    const heard: string[] = []
    const model = scriptedModel({
      plan: [plan('one')],
      one: [
        {
          parts: [
            call('write', { path: 'final/a.md', content: 'a' }),
            call('ask_user', { question: 'First?' }),
            call('ask_user', { question: 'Second?' }),
          ],
        },
        (request) => {
          heard.push(...lastResults(request).map(({ text }) => text))
          return say('Done.')
        },
      ],
    })
    await swarm.work(model)
    const jobId = await person.ask('Find out.')
    for (const question of ['First?', 'Second?']) {
      await isSuspended(jobId)
      expect((await open(jobId)).map(({ text }) => text)).toEqual([question])
      await answers(jobId, `to ${question}`)
      swarm.parts.ring('worker')
    }
    const answer = await person.answer(jobId)
    model.done()
    expect(heard.slice(1)).toEqual([
      'The person answered:\n\nto First?',
      'The person answered:\n\nto Second?',
    ])
    expect(answer.files.map(({ path }) => path)).toEqual(['final/a.md'])
    expect(await swarm.bed.admin`select 1 from loom.workspace_files`).toHaveLength(1)
  })

  test('asks a bounded number of times, then reads that it may not', async () => {
    const results: { text: string; isError: boolean }[] = []
    const model = scriptedModel({
      plan: [plan('one')],
      one: [
        ...Array.from({ length: mostQuestions + 1 }, (_, at) => asks(`Question ${at}?`)),
        (request) => {
          results.push(...lastResults(request))
          return say('Done.')
        },
      ],
    })
    await swarm.work(model)
    const jobId = await person.ask('Find out.')
    for (let at = 0; at < mostQuestions; at += 1) {
      await isSuspended(jobId)
      await answers(jobId, 'yes')
      swarm.parts.ring('worker')
    }
    await person.answer(jobId)
    model.done()
    expect(results).toMatchObject([{ isError: true }])
    expect(results[0]?.text).toContain(`asked ${mostQuestions} questions`)
    expect(await swarm.bed.admin`select 1 from loom.questions`).toHaveLength(mostQuestions)
  })
})

async function eventSeqIsWhole(jobId: string): Promise<boolean> {
  const [row] = await swarm.bed.admin`
    select count(*)::int as many, max(seq)::int as last, (select event_seq::int from loom.jobs where id = ${jobId}) as counted
    from loom.events where job_id = ${jobId}`
  return row?.many === row?.last && row?.last === row?.counted
}

/** A job of one agent that has asked and rests. */
async function waitingJob(options: { capMicroUsd?: number } = {}) {
  const model = scriptedModel({ plan: [plan('one')], one: [asks('Which?', ['this', 'that'])] })
  const worker = await swarm.work(model)
  const jobId = await person.ask('Find out.', options)
  await isSuspended(jobId)
  model.done()
  await worker.close({ boundMs: 100 })
  const [question] = await open(jobId)
  if (!question) throw new Error('nothing is asked')
  return { jobId, questionId: question.questionId }
}

async function goesOn(jobId: string) {
  const model = scriptedModel({ one: [echo] })
  await swarm.work(model)
  const answer = await person.answer(jobId)
  model.done()
  return answer.markdown
}

describe('an answer', () => {
  test('is taken from the job’s thread; what is said after it steers', async () => {
    const { jobId } = await waitingJob()
    const [job] = await findUnfinished(swarm.store, person.context, { limit: 1 })
    const reply = (text: string) =>
      receiveMention(
        { store: swarm.store, ring: () => undefined, log: silentLog },
        {
          account: person.account,
          mention: {
            thread: job?.thread as ThreadId,
            key: text,
            author: { externalId: 'owner', name: 'Owner' },
            text,
            files: [],
            saidAtMs: Date.now(),
          },
        },
      )
    expect(await reply('the blue one')).toEqual({ kind: 'answered', jobId })
    expect(await reply('the blue one')).toEqual({ kind: 'duplicate', jobId })
    expect(await reply('and be quick')).toEqual({ kind: 'steered', jobId })
    const model = scriptedModel({
      one: [
        (request) => {
          const texts = (request.messages.at(-1)?.parts ?? []).map((part) =>
            part.type === 'text' ? part.text : '',
          )
          expect(texts).toContain('and be quick')
          expect(texts).not.toContain('the blue one')
          return echo(request)
        },
      ],
    })
    await swarm.work(model)
    expect((await person.answer(jobId)).markdown).toBe('Heard: The person answered:\n\nthe blue one')
    model.done()
  })

  test('of two at once is kept once, the other is told, and the task is ready once', async () => {
    const { jobId, questionId } = await waitingJob()
    const both = await Promise.all([answers(jobId, '1', questionId), answers(jobId, '2', questionId)])
    expect(both.map((one) => one?.kind).sort()).toEqual(['answered', 'answered_already'])
    expect(await answers(jobId, 'later')).toEqual({ kind: 'answered_already' })
    expect(await swarm.bed.admin`select 1 from loom.ready_tasks`).toHaveLength(1)
    expect(await swarm.bed.admin`select 1 from loom.audit_log where action = 'question.answer'`).toHaveLength(
      1,
    )
    const kept = both.find((one) => one?.kind === 'answered')
    const words = kept?.kind === 'answered' ? kept.answer : ''
    expect(['this', 'that']).toContain(words)
    expect(await goesOn(jobId)).toBe(`Heard: The person answered:\n\n${words}`)
  })

  test('and a stop at once leave a stopped job with nothing ready, whichever came first', async () => {
    for (let turn = 0; turn < 8; turn += 1) {
      const { jobId, questionId } = await waitingJob()
      const stop = () =>
        stopJob(swarm.store, person.context, { jobId, state: 'cancelled', answer: 'Stopped.' })
      const [answered, stopped] = await Promise.all(
        turn % 2 === 0
          ? [answers(jobId, 'x'), stop()]
          : ([stop(), answers(jobId, 'x')].reverse() as [ReturnType<typeof answers>, Promise<boolean>]),
      )
      expect(stopped).toBe(true)
      expect(await person.state(jobId)).toBe('cancelled')
      expect(await swarm.bed.admin`select 1 from loom.ready_tasks`).toHaveLength(0)
      const question = await loadQuestion(swarm.store, person.context, { questionId })
      expect(question?.state).toBe(answered?.kind === 'answered' ? 'answered' : 'withdrawn')
      expect(await answers(jobId, 'too late')).toEqual({
        kind: answered?.kind === 'answered' ? 'answered_already' : 'nothing_asked',
      })
    }
  })

  test('does not hide a cap: the job rests until that is raised, and then reads the answer', async () => {
    const stuck = Promise.withResolvers<void>()
    const model = scriptedModel({
      plan: [plan('asks', 'other')],
      asks: [asks('Which?'), echo],
      other: [
        async () => {
          await stuck.promise
          return say('never')
        },
        say('Other.'),
      ],
      synthesize: [(request) => say(JSON.stringify(request.messages[0]?.parts.at(-1)))],
    })
    await swarm.work(model)
    const jobId = await person.ask('Find out.')
    await vi.waitUntil(async () => (await open(jobId)).length === 1, { timeout: 20_000, interval: 10 })
    await suspendJob(swarm.store, person.context, { jobId, reason: 'cap' })
    stuck.resolve()
    expect(await jobRow(jobId)).toEqual({ state: 'suspended', reason: 'cap' })
    await answers(jobId, 'that')
    expect(await jobRow(jobId)).toEqual({ state: 'suspended', reason: 'cap' })
    expect(await swarm.bed.admin`select 1 from loom.ready_tasks`).toHaveLength(0)
    await raiseCap(swarm.store, person.context, { jobId, capMicroUsd: 9_000_000 })
    swarm.parts.ring('worker')
    expect((await person.answer(jobId)).markdown).toContain('Heard: The person answered:')
  })

  test('that is missing stays so when a cap is raised: the task goes on waiting', async () => {
    const { jobId } = await waitingJob()
    await swarm.bed.admin`update loom.jobs set reason = 'cap' where id = ${jobId}`
    expect(await raiseCap(swarm.store, person.context, { jobId, capMicroUsd: 9_000_000 })).toBe(true)
    expect(await jobRow(jobId)).toEqual({ state: 'suspended', reason: 'question' })
    expect(await swarm.bed.admin`select 1 from loom.ready_tasks`).toHaveLength(0)
    await answers(jobId, 'this')
    expect(await goesOn(jobId)).toContain('this')
  })

  test('to a job that is not there, or an empty one, is refused', async () => {
    const { jobId } = await waitingJob()
    await expect(answers(jobId, ' \n')).rejects.toMatchObject({ kind: 'invalid_input' })
    expect(await answers('00000000-0000-7000-8000-000000000001', 'x')).toBeUndefined()
    expect((await open(jobId)).map(({ state }) => state)).toEqual(['open'])
  })
})
