import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { LoomError } from '../../src/core/errors.ts'
import type { ModelRequest, Part } from '../../src/core/model.ts'
import { dropAgent } from '../../src/storage/tasks/drop.ts'
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
