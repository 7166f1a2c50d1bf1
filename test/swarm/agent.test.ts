import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { LoomError } from '../../src/core/errors.ts'
import { limits } from '../../src/core/limits.ts'
import type { ModelRequest } from '../../src/core/model.ts'
import type { Log } from '../../src/core/ports.ts'
import { costMicroUsd, priceOf } from '../../src/core/prices.ts'
import { sayTo } from '../../src/storage/briefs/say.ts'
import { finishJob } from '../../src/storage/jobs/finish.ts'
import { raiseCap } from '../../src/storage/jobs/suspend.ts'
import { viewJob } from '../../src/storage/jobs/view.ts'
import { silentLog } from '../support/store.ts'
import {
  assignmentOf,
  call,
  lastResults,
  openSwarm,
  type Person,
  plan,
  priced,
  type Script,
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

/** One brief from its mention to its answer. */
async function run(script: Script, options: Parameters<typeof scriptedModel>[1] = {}) {
  const model = scriptedModel(script, options)
  await swarm.work(model)
  const answer = await person.answer(await person.ask('Find out.'))
  model.done()
  return { answer, model }
}

const noted = (results: unknown[]) => (request: Parameters<typeof lastResults>[0]) => {
  results.push(...lastResults(request))
  return say('Done.')
}

describe('what a model does wrong comes back to it as a result', () => {
  test('an unknown tool, bad arguments and a path that leaves the workspace do not end the task', async () => {
    const results: { text: string; isError: boolean }[] = []
    const { answer } = await run({
      plan: [plan('one')],
      one: [
        {
          parts: [
            call('rm', { path: '/' }),
            call('read', { file: 1 }),
            call('read', { path: '../../etc/passwd' }),
            call('write', { path: '/etc/passwd', content: 'x' }),
            call('write', { path: 'inputs/x', content: 'x' }),
            call('list', 'not an object'),
            call('list', {}),
          ],
        },
        noted(results),
      ],
    })
    expect(results.map((result) => result.isError)).toEqual([true, true, true, true, true, true, false])
    expect(results[0]?.text).toContain('There is no tool of that name')
    expect(answer).toMatchObject({ outcome: 'done', markdown: 'Done.', files: [] })
  })

  test('calls past the limit of one step are refused, not run', async () => {
    const results: { text: string; isError: boolean }[] = []
    const many = limits.toolCallsPerStep + 84
    const writes = Array.from({ length: many }, (_, at) =>
      call('write', { path: `final/${at}.md`, content: 'x' }),
    )
    const { answer } = await run({ plan: [plan('one')], one: [{ parts: writes }, noted(results)] })
    expect(results).toHaveLength(many)
    expect(results.filter((result) => result.isError)).toHaveLength(84)
    expect(answer.files).toHaveLength(limits.toolCallsPerStep)
  })

  test('an empty reply is nudged', async () => {
    const { answer, model } = await run({
      plan: [{ parts: [] }, plan('one')],
      one: [{ parts: [] }, { parts: [{ type: 'text', text: '  \n' }] }, say('Here.')],
    })
    expect(answer).toMatchObject({ outcome: 'done', markdown: 'Here.' })
    expect(model.requests.at(-1)?.request.messages.at(-1)?.parts).toEqual([
      { type: 'text', text: 'Say in a few sentences what you found and which files you wrote.' },
    ])
  })
})

describe('a plan', () => {
  const refused: [string, Script[string][number], RegExp][] = [
    [
      'with a cycle',
      plan({ key: 'a', needs: ['b'] }, { key: 'b', needs: ['a'] }),
      /wait for each other: a → b → a/,
    ],
    ['that waits for itself', plan({ key: 'a', needs: ['a'] }), /wait for each other: a → a/],
    ['without a task', plan(), /at least one task/],
    ['with 1,000 tasks', plan(...Array.from({ length: 1_000 }, (_, at) => `t${at}`)), /at most 100 tasks/],
    ['with a need that is not in it', plan({ key: 'a', needs: ['z'] }), /needs z, which is not in the plan/],
    ['with two tasks of one name', plan('a', 'a'), /two tasks are called a/],
    ['that is no plan', { parts: [call('submit_plan', 'please')] }, /cannot be used/],
  ]
  test.each(refused)('%s is refused with its fault, and a mended one is taken', async (_, bad, fault) => {
    const heard: { text: string; isError: boolean }[] = []
    const { answer } = await run({
      plan: [
        bad,
        (request) => {
          heard.push(...lastResults(request))
          return plan('one')
        },
      ],
      one: [say('Done.')],
    })
    expect(heard).toHaveLength(1)
    expect(heard[0]?.isError).toBe(true)
    expect(heard[0]?.text).toMatch(fault)
    expect(answer.outcome).toBe('done')
  })

  test('refused three times fails the job with a sentence and keeps what it cost', async () => {
    const { answer } = await run({ plan: [plan(), plan(), plan()] })
    expect(answer).toMatchObject({ outcome: 'failed', markdown: 'No usable plan was made for this brief.' })
    expect(answer.receipt.steps).toBe(3)
  })

  test('that never comes fails the job within the planner’s steps', async () => {
    const { answer } = await run({
      plan: Array.from({ length: limits.planSteps }, () => ({ parts: [call('list', {})] })),
    })
    expect(answer).toMatchObject({ outcome: 'failed', markdown: 'No usable plan was made for this brief.' })
  })

  test('of 100 tasks is run whole, and its answer waits for all of them', async () => {
    const keys = Array.from({ length: 100 }, (_, at) => `t${at}`)
    const { answer, model } = await run({
      plan: [plan(...keys)],
      ...Object.fromEntries(keys.map((key) => [key, [say(`Found ${key}.`)]])),
      synthesize: [say('All of it.')],
    })
    expect(answer).toMatchObject({ outcome: 'done', markdown: 'All of it.' })
    // The plan, the hundred, the answer and its check.
    expect(answer.receipt).toMatchObject({ agents: 100, steps: 103 })
    const synthesis = model.requests.find(({ who }) => who === 'synthesize')
    const { handedOver } = assignmentOf(synthesis?.request.messages[0])
    expect(handedOver?.map((task) => task.result)).toEqual(keys.map((key) => `Found ${key}.`))
  })
})

describe('an agent that cannot end its task', () => {
  test('a refusal fails the task; the job goes on without it, and the synthesis is told', async () => {
    const { answer, model } = await run({
      plan: [plan('good', 'bad')],
      good: [say('Good.')],
      bad: [{ parts: [], stop: 'refusal' }],
      synthesize: [say('Half of it.')],
    })
    expect(answer).toMatchObject({ outcome: 'done', markdown: 'Half of it.' })
    const { handedOver } = assignmentOf(model.requests.at(-1)?.request.messages[0])
    expect(handedOver).toEqual([
      { key: 'good', title: 'Task good', state: 'done', result: 'Good.' },
      { key: 'bad', title: 'Task bad', state: 'failed', result: 'The model declined to work on this.' },
    ])
  })

  test('a final failure of the model fails the task; what hangs on it is told and goes on', async () => {
    const failure = () => {
      throw new LoomError({ kind: 'refused', message: 'The provider declined the request.' })
    }
    const { answer, model } = await run({
      plan: [plan('good', 'bad', { key: 'after', needs: ['good', 'bad'] })],
      good: [say('Good.')],
      bad: [failure],
      after: [say('After.')],
      synthesize: [say('Three quarters.')],
    })
    expect(answer).toMatchObject({ outcome: 'done', markdown: 'Three quarters.' })
    const after = model.requests.find(({ who }) => who === 'after')
    expect(assignmentOf(after?.request.messages[0]).handedOver?.map((task) => task.state)).toEqual([
      'done',
      'failed',
    ])
  })

  test('when every agent fails there is no synthesis, and the answer says why', async () => {
    const { answer } = await run({
      plan: [plan('a', 'b')],
      a: [{ parts: [], stop: 'refusal' }],
      b: [{ parts: [], stop: 'refusal' }],
    })
    expect(answer).toMatchObject({ outcome: 'failed', markdown: 'The model declined to work on this.' })
  })

  test('a reply that was cut at its length is taken and says so', async () => {
    const { answer } = await run({
      plan: [plan('one')],
      one: [{ parts: [{ type: 'text', text: 'The beginning' }], stop: 'length' }],
    })
    expect(answer.markdown).toBe('The beginning\n\n(This was cut at the length limit of one reply.)')
  })

  test('its last step has no tools; when it still does not answer, the task fails and its files are kept', async () => {
    const { answer, model } = await run({
      plan: [plan('one')],
      one: Array.from({ length: limits.taskSteps }, (_, at) => ({
        parts: [call('write', { path: 'final/notes.md', content: `${at}` })],
      })),
    })
    const [last, before] = model.requests.map(({ request }) => request).reverse()
    expect([before?.mayCallTools, last?.mayCallTools]).toEqual([true, false])
    // Still declared: a request that began otherwise than those before it would find nothing in the provider's cache.
    expect(last?.tools).toEqual(before?.tools)
    expect(answer.outcome).toBe('failed')
    expect(answer.markdown).toBe('This was not finished within 60 steps. What was written is kept.')
    expect(answer.files.map((file) => file.path)).toEqual(['final/notes.md'])
  })

  test('a rate limit is waited out and billed once', async () => {
    const limited = () => {
      throw new LoomError({ kind: 'rate_limited', message: 'Too many requests.' })
    }
    const { answer } = await run({ plan: [plan('one')], one: [limited, limited, say('Done.')] })
    expect(answer.outcome).toBe('done')
    expect(answer.receipt.steps).toBe(2)
  })
})

describe('money', () => {
  const usage = { inputTokens: 1_237, cacheReadTokens: 20_011, cacheWriteTokens: 503, outputTokens: 77 }
  const price = priceOf(priced.provider, priced.model)
  if (!price) throw new Error('no price')

  const budgets = (jobId: string) =>
    swarm.bed.admin<{ scope: string; settled: number; reserved: number; cap: number }[]>`
      select scope, settled_micro_usd::float8 as settled, reserved_micro_usd::float8 as reserved,
             cap_micro_usd::float8 as cap
      from loom.budgets where scope <> 'job' or key = ${jobId} order by scope`

  test('every step costs what the price table says, to the micro-dollar, in every counter', async () => {
    const costs = (tokens: typeof usage) => {
      const picos =
        tokens.inputTokens * 1_000_000 +
        tokens.cacheReadTokens * 100_000 +
        tokens.cacheWriteTokens * 1_250_000 +
        tokens.outputTokens * 5_000_000
      return Math.ceil(picos / 1_000_000)
    }
    const turn = (times: number, said: ReturnType<typeof say>) => ({
      ...said,
      usage: Object.fromEntries(Object.entries(usage).map(([key, value]) => [key, value * times])),
    })
    const { answer } = await run(
      {
        plan: [turn(1, plan('a', 'b'))],
        a: [turn(2, { parts: [call('list', {})] }), turn(3, say('A.'))],
        b: [turn(5, say('B.'))],
        synthesize: [turn(7, say('Both.'))],
        review: [turn(11, { parts: [call('submit_review', { ok: true })] })],
      },
      { ...priced, inputTokens: 500_000 },
    )
    const times = (n: number) => ({
      inputTokens: usage.inputTokens * n,
      cacheReadTokens: usage.cacheReadTokens * n,
      cacheWriteTokens: usage.cacheWriteTokens * n,
      outputTokens: usage.outputTokens * n,
    })
    const expected = [1, 2, 3, 5, 7, 11].map((n) => costs(times(n)))
    const total = expected.reduce((sum, cost) => sum + cost, 0)
    const rows = await swarm.bed.admin<{ cost: number }[]>`
      select cost_micro_usd::float8 as cost from loom.usage_events order by cost`
    expect(rows.map((row) => row.cost)).toEqual(expected)
    expect(expected[0]).toBe(costMicroUsd(price, usage))
    expect(answer.receipt.costMicroUsd).toBe(total)
    expect(answer.receipt.byAgent.reduce((sum, agent) => sum + agent.costMicroUsd, 0)).toBe(total)
    for (const row of await budgets(answer.jobId)) expect(row).toMatchObject({ settled: total, reserved: 0 })
  })

  test('a job at its cap rests, and goes on to its end when the cap is raised', async () => {
    const step = { parts: [call('list', {})], usage: { inputTokens: 10_000, outputTokens: 1_000 } }
    const model = scriptedModel(
      { plan: [{ ...plan('one'), usage: { inputTokens: 10_000 } }], one: [step, step, step, say('Done.')] },
      { ...priced, inputTokens: 10_000 },
    )
    await swarm.work(model)
    const jobId = await person.ask('Find out.', { capMicroUsd: 45_000 })
    await vi.waitUntil(async () => (await person.state(jobId)) === 'suspended', {
      timeout: 20_000,
      interval: 20,
    })
    const rests = (await budgets(jobId)).find((row) => row.scope === 'job')
    expect(rests?.reserved).toBe(0)
    expect(rests?.settled).toBeLessThanOrEqual(45_000)
    expect(await swarm.bed.admin`select 1 from loom.ready_tasks`).toHaveLength(0)
    await raiseCap(swarm.store, person.context, { jobId, capMicroUsd: 5_000_000 })
    swarm.parts.ring('worker')
    const answer = await person.answer(jobId)
    model.done()
    expect(answer).toMatchObject({ outcome: 'done', markdown: 'Done.' })
    expect(answer.receipt.steps).toBe(5)
    for (const row of await budgets(jobId)) expect(row.reserved).toBe(0)
  })

  test('says once in the thread that four fifths of the cap are spent, while the job still lives', async () => {
    const release = Promise.withResolvers<void>()
    const model = scriptedModel(
      {
        plan: [{ ...plan('one'), usage: { inputTokens: 10_000 } }],
        one: [
          { parts: [call('list', {})], usage: { inputTokens: 69_000 } },
          { parts: [call('list', {})], usage: { inputTokens: 1_500 } },
          { parts: [call('list', {})], usage: { inputTokens: 1_500 } },
          async () => {
            await release.promise
            return say('Done.')
          },
        ],
      },
      { ...priced, inputTokens: 1_000 },
    )
    await swarm.work(model)
    const jobId = await person.ask('Find out.', { capMicroUsd: 100_000 })
    const notices = () => swarm.bed.admin<{ subject: string }[]>`
      select subject from loom.deliveries where job_id = ${jobId} and kind = 'notice'`
    await vi.waitUntil(async () => (await notices()).length > 0, { timeout: 20_000, interval: 20 })
    release.resolve()
    const answer = await person.answer(jobId)
    expect(answer.receipt.costMicroUsd).toBe(82_000)
    expect(await notices()).toEqual([{ subject: 'cap 100000' }])
  })

  test('a plan says what it is likely to cost, before any of its work has begun', async () => {
    const asked = Promise.withResolvers<void>()
    const release = Promise.withResolvers<void>()
    const model = scriptedModel(
      {
        plan: [{ ...plan('one', 'two'), usage: { inputTokens: 7_000 } }],
        one: [
          async () => {
            asked.resolve()
            await release.promise
            return say('One.')
          },
        ],
        two: [say('Two.')],
        synthesize: [say('Both.')],
      },
      { ...priced, inputTokens: 10 },
    )
    await swarm.work(model)
    const noticesOf = (jobId: string) => swarm.bed.admin`
      select subject from loom.deliveries where job_id = ${jobId} and kind = 'notice'`
    const jobId = await person.ask('Find out.')
    await asked.promise
    const { estimate } = (await viewJob(swarm.store, person.context, { jobId }))?.card ?? {}
    // With the 7,000 that the planning has cost.
    expect(estimate?.leastMicroUsd).toBeGreaterThan(7_000 + 3 * 5_000)
    expect(estimate?.mostMicroUsd).toBeGreaterThan(estimate?.leastMicroUsd ?? Number.POSITIVE_INFINITY)
    expect(await noticesOf(jobId)).toEqual([])
    release.resolve()
    await person.answer(jobId)
    model.done()
  })

  test('a plan that what is left will hardly pay for says so in the thread, once', async () => {
    const model = scriptedModel(
      { plan: [{ ...plan('one'), usage: { inputTokens: 46_000 } }], one: [say('Done.')] },
      { ...priced, inputTokens: 10 },
    )
    await swarm.work(model)
    const answer = await person.answer(await person.ask('Find out.', { capMicroUsd: 50_000 }))
    model.done()
    const rows = await swarm.bed.admin`
      select subject from loom.deliveries where job_id = ${answer.jobId} and kind = 'notice' order by subject`
    expect(rows.map(({ subject }) => subject)).toEqual(['cap 50000', 'estimate'])
  })

  test('says nothing of the cap with the step that ends the job', async () => {
    const { answer } = await run(
      { plan: [plan('one')], one: [{ ...say('Done.'), usage: { inputTokens: 4_900_000 } }] },
      { ...priced, inputTokens: 1_000 },
    )
    expect(answer.receipt.costMicroUsd).toBeGreaterThan(4_000_000)
    const notices = await swarm.bed.admin`
      select 1 from loom.deliveries where job_id = ${answer.jobId} and kind = 'notice'`
    expect(notices).toEqual([])
  })

  test('a job that rests at its cap is finished with what is there, without another call', async () => {
    const step = { parts: [call('list', {})], usage: { inputTokens: 60_000 } }
    const model = scriptedModel(
      {
        plan: [plan('first', { key: 'second', needs: ['first'] })],
        first: [{ ...say('First is found.'), usage: { inputTokens: 20_000 } }],
        second: [step, step],
      },
      { ...priced, inputTokens: 10_000 },
    )
    await swarm.work(model)
    const jobId = await person.ask('Find out.', { capMicroUsd: 145_000 })
    await vi.waitUntil(async () => (await person.state(jobId)) === 'suspended', {
      timeout: 20_000,
      interval: 20,
    })
    const before = model.requests.length
    expect(await finishJob(swarm.store, person.context, { jobId })).toBe(true)
    const answer = await person.answer(jobId)
    expect(answer.outcome).toBe('done')
    expect(answer.markdown).toBe(
      'Finished at your word with what was there: 1 of 2 agents had ended.\n\n**Task first**\n\nFirst is found.\n\nNot done: Task second.',
    )
    expect(model.requests).toHaveLength(before)
    for (const row of await budgets(jobId)) expect(row.reserved).toBe(0)
    expect(await finishJob(swarm.store, person.context, { jobId })).toBe(false)
  })

  test('a request of two million tokens that the cap cannot pay for is never sent: the job rests', async () => {
    const model = scriptedModel({ plan: [plan('one')], one: [] }, { ...priced, inputTokens: 2_000_000 })
    await swarm.work(model)
    const jobId = await person.ask('Find out.', { capMicroUsd: 1_000_000 })
    await vi.waitUntil(async () => (await person.state(jobId)) === 'suspended', {
      timeout: 20_000,
      interval: 20,
    })
    expect(model.requests).toEqual([])
    for (const row of await budgets(jobId)) expect(row).toMatchObject({ settled: 0, reserved: 0 })
  })

  test('a reply that counts two million tokens is billed what it says, and nothing follows beyond the cap', async () => {
    const model = scriptedModel(
      { plan: [{ ...plan('one'), usage: { inputTokens: 2_000_000 } }], one: [] },
      { ...priced, inputTokens: 1_000 },
    )
    await swarm.work(model)
    const jobId = await person.ask('Find out.', { capMicroUsd: 1_000_000 })
    await vi.waitUntil(async () => (await person.state(jobId)) === 'suspended', {
      timeout: 20_000,
      interval: 20,
    })
    expect(model.requests).toHaveLength(1)
    for (const row of await budgets(jobId)) expect(row).toMatchObject({ settled: 2_000_000, reserved: 0 })
  })

  test('replies are asked to be no longer than what the cap still pays for', async () => {
    const model = scriptedModel(
      { plan: [plan('one')], one: [say('Done.')] },
      { ...priced, inputTokens: 1_000 },
    )
    await swarm.work(model)
    // 1,000 input tokens at the dearest rate are 1,250; the rest pays for 1,000 output tokens.
    const answer = await person.answer(await person.ask('Find out.', { capMicroUsd: 1_250 + 5_000 }))
    expect(answer.outcome).toBe('done')
    expect(model.requests.map(({ request }) => request.maxOutputTokens)).toEqual([1_000, 1_000])
  })

  test('an agent whose model fails for good gives its reservation back at once', async () => {
    const release = Promise.withResolvers<void>()
    const failure = () => {
      throw new LoomError({ kind: 'refused', message: 'The provider declined the request.' })
    }
    const model = scriptedModel(
      {
        plan: [plan('bad', 'good')],
        bad: [{ parts: [call('list', {})] }, failure],
        good: [
          async () => {
            await release.promise
            return say('Good.')
          },
        ],
        synthesize: [say('Half.')],
      },
      { ...priced, inputTokens: 1_000 },
    )
    await swarm.work(model)
    const jobId = await person.ask('Find out.')
    await vi.waitUntil(
      async () => (await swarm.bed.admin`select 1 from loom.tasks where state = 'failed'`).length === 1,
      { timeout: 20_000, interval: 20 },
    )
    const [held] = await swarm.bed.admin<{ tasks: number }[]>`
      select sum(reserved_micro_usd)::float8 as tasks from loom.tasks where state = 'running'`
    for (const row of await budgets(jobId)) expect(row.reserved).toBe(held?.tasks)
    release.resolve()
    expect((await person.answer(jobId)).outcome).toBe('done')
    for (const row of await budgets(jobId)) expect(row.reserved).toBe(0)
  })
})

describe('many at once', () => {
  test('40 agents of one job commit in groups, each step once', async () => {
    const keys = Array.from({ length: 40 }, (_, at) => `t${at}`)
    const together = Promise.withResolvers<void>()
    let arrived = 0
    const waits = async () => {
      arrived += 1
      if (arrived === keys.length) together.resolve()
      await together.promise
      return { parts: [call('write', { path: `final/${arrived}.md`, content: 'x' })] }
    }
    let transactions = 0
    const openStore: typeof swarm.parts.openStore = (role) => {
      const store = swarm.parts.openStore(role)
      const begin = store.sql.begin.bind(store.sql)
      store.sql.begin = ((...args: Parameters<typeof begin>) => {
        transactions += 1
        return begin(...args)
      }) as typeof begin
      return store
    }
    const model = scriptedModel({
      plan: [plan(...keys)],
      ...Object.fromEntries(keys.map((key) => [key, [waits, say(`Found ${key}.`)]])),
      synthesize: [say('All.')],
    })
    await swarm.work(model, { parts: { openStore } })
    const answer = await person.answer(await person.ask('Find out.'))
    model.done()
    expect(answer.receipt).toMatchObject({ agents: 40, steps: 83 })
    // One by one it would be 83 commits, beside the claims and starts.
    expect(transactions).toBeLessThan(60)
    const rows = await swarm.bed.admin`select distinct task_id, ordinal from loom.steps`
    expect(rows).toHaveLength(83)
  })

  test('two accounts at once get each their own answer and their own bill', async () => {
    const other = await swarm.person()
    const echo = (request: ModelRequest) => {
      const prompt = request.messages[0]?.parts[1]
      const text = prompt?.type === 'text' ? prompt.text : ''
      return { ...say(`You said: ${text}`), usage: { inputTokens: text.length } }
    }
    const model = scriptedModel({ plan: [plan('one'), plan('one')], one: [echo, echo] }, priced)
    await swarm.work(model)
    const [mine, theirs] = await Promise.all([person.ask('aaaa'), other.ask('bbbbbbbb')])
    const [first, second] = await Promise.all([person.answer(mine), other.answer(theirs)])
    model.done()
    expect([first.markdown, second.markdown]).toEqual(['You said: aaaa', 'You said: bbbbbbbb'])
    expect([first.receipt.costMicroUsd, second.receipt.costMicroUsd]).toEqual([4, 8])
    await expect(other.state(mine)).resolves.toBe('failed')
  })
})

describe('a worker that lost its lease', () => {
  test('writes nothing of the step it was in, and the other’s stands alone', async () => {
    const stuck = Promise.withResolvers<void>()
    const free = Promise.withResolvers<void>()
    const refused = Promise.withResolvers<void>()
    const late = scriptedModel({
      plan: [plan('one')],
      one: [
        async () => {
          stuck.resolve()
          await free.promise
          return say('Late.')
        },
      ],
    })
    // Refused at its commit, or stopped before by its lease keeper: which of the two comes first is open.
    const log: Log = {
      ...silentLog,
      info: (...said) => {
        if (said.includes('a task was taken away')) refused.resolve()
      },
    }
    await swarm.work(late, { slots: 1, beatMs: 600_000, parts: { log } })
    const jobId = await person.ask('Find out.')
    await stuck.promise
    await swarm.bed.admin`update loom.ready_tasks set holder = null, lease_until = null`
    const good = scriptedModel({
      one: [
        async () => {
          free.resolve()
          await refused.promise
          expect(await swarm.bed.admin`select 1 from loom.steps`).toHaveLength(1)
          return say('In time.')
        },
      ],
    })
    await swarm.work(good)
    const answer = await person.answer(jobId)
    good.done()
    late.done()
    expect(answer.markdown).toBe('In time.')
    expect(await swarm.bed.admin`select 1 from loom.usage_events`).toHaveLength(2)
    expect(await swarm.bed.admin`select 1 from loom.steps`).toHaveLength(2)
    expect(await swarm.bed.admin`select 1 from loom.messages where author = 'loom'`).toHaveLength(1)
  })
})

describe('what is said to a running job', () => {
  /** What the request holds of it: the words themselves, in the order in which they were said. */
  const heardIn = (request: ModelRequest) =>
    request.messages
      .flatMap(({ parts }) => parts.map((part) => (part.type === 'text' ? part.text : '')))
      .filter((text) => text.startsWith('Said: '))
  const tell = (jobId: string, text: string) =>
    sayTo(swarm.store, person.context, { jobId, text: `Said: ${text}` })

  test('reaches every agent at its next step, once, and those that begin later', async () => {
    const asked = Promise.withResolvers<void>()
    const told = Promise.withResolvers<void>()
    const model = scriptedModel({
      plan: [plan('one', { key: 'two', needs: ['one'] })],
      one: [
        async () => {
          asked.resolve()
          await told.promise
          return { parts: [call('list', {})] }
        },
        { parts: [call('list', {})] },
        say('One.'),
      ],
      two: [say('Two.')],
      synthesize: [say('Both.')],
    })
    await swarm.work(model)
    const jobId = await person.ask('Find out.')
    await asked.promise
    expect(await tell(jobId, 'only March')).toBe('steered')
    const seen = await viewJob(swarm.store, person.context, { jobId })
    expect(seen?.card.said).toEqual({ heardBy: 0 })
    told.resolve()
    const answer = await person.answer(jobId)
    model.done()
    expect(answer.markdown).toBe('Both.')
    const heard = model.requests.map(({ request, who }) => [who, ...heardIn(request)])
    expect(heard.toSorted()).toEqual([
      ['one'],
      ['one', 'Said: only March'],
      ['one', 'Said: only March'],
      ['plan'],
      ['replan', 'Said: only March'],
      ['review', 'Said: only March'],
      ['synthesize', 'Said: only March'],
      ['two', 'Said: only March'],
    ])
    // The same transcript every time: what was read stays where it was read.
    const own = model.requests.filter(({ who }) => who === 'one')
    const [, second, third] = own.map(({ request }) => request.messages)
    expect(third?.slice(0, second?.length)).toEqual(second)
    const rows = await swarm.bed.admin<{ agents: number }[]>`
      select count(distinct s.task_id)::int as agents from loom.step_messages h join loom.steps s on s.id = h.step_id
      where s.job_id = ${jobId}`
    expect(rows).toEqual([{ agents: 5 }])
    const after = await viewJob(swarm.store, person.context, { jobId })
    expect(after?.card.said).toEqual({ heardBy: 5 })
  })

  test('to one agent is read by that one alone, and it knows that it is for it', async () => {
    const asked = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const told = Promise.withResolvers<void>()
    const wait = (at: number) => async () => {
      asked[at]?.resolve()
      await told.promise
      return { parts: [call('list', {})] }
    }
    const model = scriptedModel({
      plan: [plan('one', 'two')],
      one: [wait(0), say('One.')],
      two: [wait(1), say('Two.')],
      synthesize: [say('Both.')],
    })
    await swarm.work(model)
    const jobId = await person.ask('Find out.')
    await Promise.all(asked.map(({ promise }) => promise))
    await sayTo(swarm.store, person.context, { jobId, text: 'Said: only March', to: 'one' })
    told.resolve()
    expect((await person.answer(jobId)).markdown).toBe('Both.')
    model.done()
    const heard = model.requests.filter(({ request }) => heardIn(request).length > 0)
    expect(heard.map(({ who }) => who)).toEqual(['one'])
    expect(JSON.stringify(heard[0]?.request.messages)).toContain('said this to you alone')
  })

  test('while the answer is on its way is read before the job ends', async () => {
    const asked = Promise.withResolvers<void>()
    const told = Promise.withResolvers<void>()
    const model = scriptedModel({
      plan: [plan('one')],
      one: [
        async () => {
          asked.resolve()
          await told.promise
          return say('Too early.')
        },
        say('With what was said.'),
      ],
    })
    await swarm.work(model)
    const jobId = await person.ask('Find out.')
    await asked.promise
    await tell(jobId, 'and in French')
    told.resolve()
    const answer = await person.answer(jobId)
    model.done()
    expect(answer.markdown).toBe('With what was said.')
    expect(answer.receipt.steps).toBe(3)
    expect(heardIn(model.requests[2]?.request as ModelRequest)).toEqual(['Said: and in French'])
    expect(await tell(jobId, 'too late')).toBe(false)
  })

  test('is paid for: the reservation grows with it', async () => {
    const asked = Promise.withResolvers<void>()
    const told = Promise.withResolvers<void>()
    const model = scriptedModel(
      {
        plan: [plan('one')],
        one: [
          async () => {
            asked.resolve()
            await told.promise
            return { parts: [call('list', {})], usage: { inputTokens: 10 } }
          },
          say('Done.'),
        ],
      },
      { ...priced, inputTokens: 1_000 },
    )
    await swarm.work(model)
    const jobId = await person.ask('Find out.')
    await asked.promise
    await tell(jobId, 'more')
    told.resolve()
    expect((await person.answer(jobId)).outcome).toBe('done')
    for (const row of await swarm.bed
      .admin`select reserved_micro_usd::int as reserved from loom.budgets where key = ${jobId}`)
      expect(row.reserved).toBe(0)
  })
})
