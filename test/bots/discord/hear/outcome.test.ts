import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Answering } from '../../../../src/bots/discord/hear/answering.ts'
import { type Outcome, show } from '../../../../src/bots/discord/hear/outcome.ts'
import { LoomError } from '../../../../src/core/errors.ts'
import type { Log } from '../../../../src/core/ports.ts'
import { silentLog } from '../../../support/store.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** What a person is shown, by the way in which it came. */
function watching(refusal?: LoomError) {
  const seen: unknown[][] = []
  const shown = { messageId: '1', channelId: '2' }
  const note = async (...what: unknown[]) => {
    if (refusal) throw refusal
    seen.push(what)
    return shown
  }
  const answering: Answering = {
    defer: (how) => note('defer', how),
    reply: (message, how) => note('reply', message.content, how),
    deferUpdate: async () => void (await note('deferUpdate')),
    update: async (message) => void (await note('update', message.content)),
    autocomplete: async (choices) => void (await note('autocomplete', choices)),
    modal: async ({ title }) => void (await note('modal', title)),
    edit: async (message) => void (await note('edit', message.content)),
    followUp: async (message, how) => void (await note('followUp', message.content, how)),
  }
  return { answering, seen }
}

async function slowly(outcome: Outcome, { pressed }: { pressed: boolean }) {
  const { answering, seen } = watching()
  const { promise, resolve } = Promise.withResolvers<Outcome>()
  const work = show({ log: silentLog }, { answering, pressed }, promise)
  await vi.advanceTimersByTimeAsync(2_500)
  resolve(outcome)
  await work
  return seen
}

const alone = { ephemeral: true }
const words: Outcome = { kind: 'words', messages: [{ content: 'one' }, { content: 'two' }] }
const form: Outcome = { kind: 'form', form: { custom_id: 'x', title: 'Form', components: [] } }

test('words of several messages come at once, to the one person', async () => {
  const { answering, seen } = watching()
  await show({ log: silentLog }, { answering, pressed: false }, Promise.resolve(words))
  expect(seen).toEqual([
    ['reply', 'one', alone],
    ['followUp', 'two', alone],
  ])
})

test('what takes long is acknowledged before Discord gives up, and shown when it is there', async () => {
  expect(await slowly(words, { pressed: false })).toEqual([
    ['defer', alone],
    ['edit', 'one'],
    ['followUp', 'two', alone],
  ])
  expect(await slowly(words, { pressed: true })).toEqual([
    ['deferUpdate'],
    ['followUp', 'one', alone],
    ['followUp', 'two', alone],
  ])
  expect(await slowly({ kind: 'here', message: { content: 'new' } }, { pressed: true })).toEqual([
    ['deferUpdate'],
    ['edit', 'new'],
  ])
  expect(await slowly({ kind: 'seen' }, { pressed: true })).toEqual([['deferUpdate']])
  expect(await slowly(form, { pressed: true })).toEqual([
    ['deferUpdate'],
    ['followUp', 'That took Loom too long. Press again.', alone],
  ])
})

test('what Discord does not show any more is logged by its kind, and the work goes to its end', async () => {
  const refusal = new LoomError({ kind: 'not_found', message: 'Too late.', detail: '10062' })
  const warned: unknown[] = []
  const log: Log = { ...silentLog, warn: (fields) => void warned.push(fields) }
  const { promise, resolve } = Promise.withResolvers<Outcome>()
  const work = show({ log }, { answering: watching(refusal).answering, pressed: false }, promise)
  await vi.advanceTimersByTimeAsync(2_500)
  let ended = false
  void work.then(() => (ended = true))
  await vi.advanceTimersByTimeAsync(0)
  expect(ended).toBe(false)
  resolve(words)
  await work
  expect(warned).toEqual([{ kind: 'not_found', detail: '10062' }])
})
