import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { LoomError } from '../../src/core/errors.ts'
import type { ModelRequest, Part } from '../../src/core/model.ts'
import { stopJob } from '../../src/storage/jobs/stop.ts'
import { raiseCap, suspendJob } from '../../src/storage/jobs/suspend.ts'
import { within } from '../queue/within.ts'
import {
  call,
  openSwarm,
  type Person,
  plan,
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
afterAll(() => swarm.close())

/** A call that goes on until it is aborted. */
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

/** The beat of the leases, which would find it too, comes too late for these tests. */
const beatMs = 120_000
const ended = { state: 'cancelled', answer: 'Stopped at your word.' } as const

/** What a job that must not be touched goes through meanwhile, with a call that waits for the test. */
function calm(release: Promise<void>): Script {
  const wait = async () => {
    await release
    return { parts: [call('list', {})] }
  }
  return { calm: [wait, say('Calm.')] }
}

test('a job that somebody stops elsewhere has its model calls aborted, nothing is called after it, others go on', async () => {
  const [one, two] = [heldCall(), heldCall()]
  const release = Promise.withResolvers<void>()
  const model = scriptedModel({
    plan: [plan('one', 'two', { key: 'three', needs: ['one'] }), plan('calm')],
    one: [{ parts: [call('list', {})] }, one.turn],
    two: [two.turn],
    ...calm(release.promise),
  })
  const worker = await swarm.work(model, { beatMs })
  const jobId = await person.ask('Find out.')
  await Promise.all([one.asked, two.asked])
  const other = await person.ask('Stay calm.')
  await within(10_000, () => model.requests.some(({ who }) => who === 'calm'))
  const before = model.requests.length
  // Over another pool than the worker's: nothing but the database is between them.
  expect(await stopJob(swarm.store, person.context, { jobId, ...ended })).toBe(true)
  await Promise.all([one.aborted, two.aborted])
  release.resolve()
  expect((await person.answer(other)).markdown).toBe('Calm.')
  expect(model.requests).toHaveLength(before + 1)
  expect(await person.state(jobId)).toBe('cancelled')
  await worker.close({ boundMs: 100 })
  model.done()
})

test('a tool that is at work is aborted with the job', async () => {
  const began = Promise.withResolvers<void>()
  const gone = Promise.withResolvers<void>()
  const objects = {
    ...swarm.parts.objects,
    put: async () => {
      began.resolve()
      // The store does not answer in time: only the signal, looked at behind it, ends the tool.
      await gone.promise
    },
  }
  const model = scriptedModel({
    plan: [plan('one')],
    one: [{ parts: [call('write', { path: 'final/a.md', content: 'a' })] }],
  })
  const worker = await swarm.work(model, { beatMs, parts: { objects } })
  const jobId = await person.ask('Write.')
  await began.promise
  await stopJob(swarm.store, person.context, { jobId, ...ended })
  gone.resolve()
  await worker.close({ boundMs: 5_000 })
  model.done()
  const rows = await swarm.bed.admin`select 1 from loom.steps s join loom.tasks t on t.id = s.task_id
    where s.job_id = ${jobId} and t.kind = 'work'`
  expect(rows).toHaveLength(0)
})

test('a job that rests at somebody’s word elsewhere has its calls aborted too, and goes on from there', async () => {
  const one = heldCall()
  const model = scriptedModel({ plan: [plan('one')], one: [one.turn, say('One.')] })
  const worker = await swarm.work(model, { beatMs })
  const jobId = await person.ask('Find out.')
  await one.asked
  expect(await suspendJob(swarm.store, person.context, { jobId, reason: 'cap' })).toBe(true)
  await one.aborted
  await raiseCap(swarm.store, person.context, { jobId, capMicroUsd: 9_000_000 })
  swarm.parts.ring('worker')
  expect((await person.answer(jobId)).markdown).toBe('One.')
  await worker.close({ boundMs: 100 })
  model.done()
})
