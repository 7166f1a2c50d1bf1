import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { LoomError, toLoomError } from '../../src/core/errors.ts'
import { isEnded } from '../../src/core/job-states.ts'
import type { ModelRequest, Part } from '../../src/core/model.ts'
import { dropAgent } from '../../src/storage/tasks/drop-agent.ts'
import { rerunAgent } from '../../src/storage/tasks/rerun.ts'
import {
  assignmentOf,
  call,
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
afterAll(() => swarm.close())

/** A call that ends with its abort alone. */
function heldCall() {
  const asked = Promise.withResolvers<void>()
  const aborted = Promise.withResolvers<void>()
  return {
    asked: asked.promise,
    aborted: aborted.promise,
    turn: async (_request: ModelRequest, signal: AbortSignal): Promise<{ parts: readonly Part[] }> => {
      asked.resolve()
      return new Promise((_, reject) =>
        signal.addEventListener('abort', () => {
          aborted.resolve()
          reject(new LoomError({ kind: 'cancelled', message: 'aborted' }))
        }),
      )
    },
  }
}

const write = (path: string) => ({
  parts: [call('write', { path, content: path })],
  usage: { inputTokens: 1_000 },
})
/** The beat of the leases comes too late for these tests. */
const beatMs = 120_000

const booksOf = async (jobId: string) => {
  const rows = await swarm.bed.admin`
    select b.reserved_micro_usd::int as reserved, b.settled_micro_usd::int as settled,
           (select sum(u.cost_micro_usd)::int from loom.usage_events u where u.job_id = ${jobId}) as used
    from loom.budgets b where b.scope = 'job' and b.key = ${jobId}`
  return rows[0]
}

test('an agent that is run again is stopped in its call and begins from nothing; the others do not notice', async () => {
  const held = heldCall()
  const released = Promise.withResolvers<void>()
  const model = scriptedModel(
    {
      plan: [plan('one', 'two')],
      one: [write('final/first.md'), held.turn, write('final/second.md'), say('One.')],
      two: [
        async () => {
          await released.promise
          return say('Two.')
        },
      ],
      synthesize: [say('Both.')],
    },
    { ...priced, inputTokens: 1_000 },
  )
  const worker = await swarm.work(model, { beatMs })
  const jobId = await person.ask('Find out.')
  await held.asked
  await rerunAgent(swarm.store, person.context, { jobId, name: 'one' })
  await held.aborted
  swarm.parts.ring('worker')
  released.resolve()
  const answer = await person.answer(jobId)
  model.done()
  expect(answer.markdown).toBe('Both.')
  expect(answer.files.map(({ path }) => path)).toEqual(['final/second.md'])
  const [, , again] = model.requests.filter(({ who }) => who === 'one')
  expect(again?.request.messages).toHaveLength(1)
  const last = model.requests.find(({ who }) => who === 'synthesize')
  expect(assignmentOf(last?.request.messages[0]).files.map(({ path }) => path)).toEqual(['final/second.md'])
  const books = await booksOf(jobId)
  expect(books).toMatchObject({ reserved: 0, settled: books?.used })
  expect(answer.receipt.costMicroUsd).toBe(books?.used)
  await worker.close({ boundMs: 100 })
})

test('an agent that had ended begins again, and the answer that was being written waits for it', async () => {
  const held = heldCall()
  const model = scriptedModel({
    plan: [plan('one', 'two')],
    one: [say('Wrong.'), say('Right.')],
    two: [say('Two.')],
    synthesize: [held.turn, say('Both are right.')],
  })
  const worker = await swarm.work(model, { beatMs })
  const jobId = await person.ask('Find out.')
  await held.asked
  expect(await rerunAgent(swarm.store, person.context, { jobId, name: 'Task one' })).toMatchObject({
    others: 1,
  })
  await held.aborted
  swarm.parts.ring('worker')
  expect((await person.answer(jobId)).markdown).toBe('Both are right.')
  model.done()
  const told = assignmentOf(model.requests.at(-1)?.request.messages[0])
  expect(told.handedOver?.map(({ result }) => result)).toEqual(['Right.', 'Two.'])
  await worker.close({ boundMs: 100 })
})

test('an agent that is dropped is stopped in its call, and the answer is written without it', async () => {
  const held = heldCall()
  const model = scriptedModel(
    {
      plan: [plan('one', 'two')],
      one: [held.turn],
      two: [say('Two.')],
      synthesize: [say('One is missing.')],
    },
    { ...priced, inputTokens: 1_000 },
  )
  const worker = await swarm.work(model, { beatMs })
  const jobId = await person.ask('Find out.')
  await held.asked
  await dropAgent(swarm.store, person.context, { jobId, name: '1' })
  await held.aborted
  swarm.parts.ring('worker')
  expect((await person.answer(jobId)).markdown).toBe('One is missing.')
  model.done()
  const told = assignmentOf(model.requests.at(-1)?.request.messages[0])
  expect(told.handedOver?.map(({ key, state }) => [key, state])).toEqual([
    ['one', 'cancelled'],
    ['two', 'done'],
  ])
  expect(await booksOf(jobId)).toMatchObject({ reserved: 0 })
  await worker.close({ boundMs: 100 })
})

test('whatever is run again or dropped at whatever moment, the job ends, each step is kept once, and the books agree', async () => {
  const keys = ['a', 'b', 'c', 'd', 'e']
  const base = scriptedModel({}, { ...priced, inputTokens: 1_000 })
  const usage = { inputTokens: 1_000, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 10 }
  const model = {
    ...base,
    async call(request: ModelRequest) {
      await new Promise((resolve) => setImmediate(resolve))
      const begun = request.messages.length > 1
      const { parts } =
        request.purpose === 'plan'
          ? plan(
              'a',
              'b',
              { key: 'c', needs: ['a'] },
              { key: 'd', needs: ['b', 'c'] },
              { key: 'e', needs: ['a'] },
            )
          : begun
            ? say('Found.')
            : write(`final/${request.messages.length}.md`)
      const stop = parts.some((part) => part.type === 'tool_call')
        ? ('tool_calls' as const)
        : ('end' as const)
      return { provider: priced.provider, model: priced.model, parts, stop, usage }
    },
  }
  const workers = [await swarm.work(model), await swarm.work(model)]
  for (let round = 0; round < 6; round += 1) {
    const jobId = await person.ask('Find out.')
    const meddle = async (key: string, at: number): Promise<void> => {
      const verb = (round + at) % 4 === 0 ? dropAgent : rerunAgent
      // Refused more often than not: it has not begun, has ended, or the whole job has.
      await verb(swarm.store, person.context, { jobId, name: key }).catch((thrown) => {
        expect(['conflict', 'not_found']).toContain(toLoomError(thrown).kind)
      })
      swarm.parts.ring('worker')
    }
    // It ends all the same: an agent begins again five times at most, and is left out once.
    while (!isEnded(await person.state(jobId))) await Promise.all(keys.map(meddle))
    const answer = await person.answer(jobId)
    expect(answer.outcome).toBe('done')
    const books = await booksOf(jobId)
    expect(books).toMatchObject({ reserved: 0, settled: books?.used })
    const rows = await swarm.bed.admin`
      select t.steps, (select count(*)::int from loom.steps s where s.task_id = t.id) as kept,
             (select coalesce(max(ordinal), -1) + 1 from loom.steps s where s.task_id = t.id) as next
      from loom.tasks t where t.job_id = ${jobId}`
    for (const row of rows) expect([row.kept, row.next]).toEqual([row.steps, row.steps])
  }
  const [meddled] = await swarm.bed.admin`
    select count(*) filter (where kind = 'rerun')::int as reruns, count(*) filter (where kind = 'dropped')::int as drops
    from loom.events where tenant_id = ${person.account.tenantId}`
  expect(meddled?.reruns).toBeGreaterThan(5)
  expect(meddled?.drops).toBeGreaterThan(0)
  for (const worker of workers) await worker.close({ boundMs: 100 })
})
