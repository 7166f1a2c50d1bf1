import { describe, expect, test } from 'vitest'
import { type ErrorKind, LoomError } from '../../../src/core/errors.ts'
import { limits } from '../../../src/core/limits.ts'
import type { ModelReply, ModelRequest } from '../../../src/core/model.ts'
import { freeOfCharge } from '../../../src/core/prices.ts'
import { callModel } from '../../../src/swarm/models/call.ts'
import type { ModelChoice } from '../../../src/swarm/models/choice.ts'
import { createHealth } from '../../../src/swarm/models/health.ts'
import { createLimits } from '../../../src/swarm/models/limits.ts'
import { silentLog } from '../../support/store.ts'

/** No provider of these has said anything of limits. */
const limitless = () =>
  createLimits({
    draw: async () => [],
    learn: async () => undefined,
    key: Buffer.alloc(32),
    now: Date.now,
    random: () => 0,
    log: silentLog,
  })

type Turn = 'answers' | { kind: ErrorKind; retryAfterMs?: number; message?: string }

/** A clock that only pauses move. */
function world() {
  const clock = { nowMs: 1_000_000 }
  const pauses: number[] = []
  const said: string[] = []
  const health = createHealth({ now: () => clock.nowMs, random: () => 1 })
  const asked: string[] = []
  const choice = (name: string, turns: Turn[], account = name): ModelChoice => ({
    model: name,
    price: freeOfCharge,
    account,
    port: {
      provider: name,
      label: name,
      countTokens: () => 0,
      async call(request) {
        asked.push(request.model)
        const turn = turns.shift() ?? 'answers'
        if (turn === 'answers') return replyOf(name)
        const { kind, message = `${name} fails. Do something.`, ...rest } = turn
        throw new LoomError({ kind, message, ...rest })
      },
    },
  })
  const call = (choices: readonly ModelChoice[], part: Partial<Parameters<typeof callModel>[0]> = {}) =>
    callModel(
      {
        choices,
        health,
        limits: limitless(),
        log: silentLog,
        now: () => clock.nowMs,
        random: () => 0,
        onWait: (words) => void said.push(words),
        async pause(ms, signal) {
          signal.throwIfAborted()
          pauses.push(ms)
          clock.nowMs += ms
        },
        ...part,
      },
      ({ model }) => ({ request: requestOf(model), inputTokens: 0 }),
      new AbortController().signal,
    )
  return { clock, pauses, said, asked, choice, call, health }
}

const replyOf = (name: string): ModelReply => ({
  provider: name,
  model: name,
  parts: [{ type: 'text', text: name }],
  stop: 'end',
  usage: { inputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 0 },
})

const requestOf = (model: string): ModelRequest => ({
  purpose: 'work',
  model,
  effort: 'medium',
  userId: 'u',
  system: '',
  tools: [],
  mayCallTools: true,
  messages: [],
  maxOutputTokens: 1_000,
  readBlob: async () => new Uint8Array(),
})

describe('a step', () => {
  test('goes to the first choice when that answers, and to no other', async () => {
    const { asked, call, choice, pauses } = world()
    const called = await call([choice('a', []), choice('b', [])])
    expect([called.choice.model, called.handover, asked, pauses]).toEqual(['a', undefined, ['a'], []])
  })

  test.each<ErrorKind>(['rate_limited', 'unavailable', 'forbidden', 'not_found'])(
    'is handed to the next at once when the first is %s, and says so',
    async (kind) => {
      const { asked, call, choice, pauses } = world()
      const called = await call([choice('a', [{ kind }]), choice('b', [])])
      expect(asked).toEqual(['a', 'b'])
      expect(called.handover).toEqual({ from: 'a/a', reason: kind })
      expect(pauses).toEqual([])
    },
  )

  test.each<ErrorKind>(['too_large', 'refused', 'invalid_input'])(
    'that is %s is at fault itself: it is asked once and of nobody else',
    async (kind) => {
      const { asked, call, choice } = world()
      await expect(call([choice('a', [{ kind }]), choice('b', [])])).rejects.toMatchObject({ kind })
      expect(asked).toEqual(['a'])
    },
  )

  test('after a failure goes to the healthy choice until the rest is over', async () => {
    const { asked, call, choice, clock } = world()
    const choices = [choice('a', [{ kind: 'unavailable', retryAfterMs: 20_000 }]), choice('b', [])]
    await call(choices)
    const second = await call(choices)
    expect([asked, second.handover]).toEqual([['a', 'b', 'b'], { from: 'a/a', reason: 'unavailable' }])
    clock.nowMs += 20_001
    expect((await call(choices)).handover).toBeUndefined()
  })

  test('waits as long as the provider asked, in words, when there is no other', async () => {
    const { call, choice, pauses, said } = world()
    await call([choice('a', [{ kind: 'rate_limited', retryAfterMs: 42_000 }])])
    expect(pauses).toEqual([42_000])
    expect(said).toEqual(['a fails. Trying again.'])
  })

  test('waits one second and then longer when the provider asked for nothing', async () => {
    const { call, choice, pauses } = world()
    const fails = Array.from({ length: 7 }, (): Turn => ({ kind: 'rate_limited' }))
    await call([choice('a', fails)])
    expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000])
  })

  test('goes to whichever is back first when all rest', async () => {
    const { asked, call, choice, pauses } = world()
    await call([
      choice('a', [{ kind: 'rate_limited', retryAfterMs: 60_000 }]),
      choice('b', [{ kind: 'unavailable', retryAfterMs: 5_000 }]),
    ])
    expect([asked, pauses]).toEqual([['a', 'b', 'b'], [5_000]])
  })

  test('is given up after ten minutes of failures, with the provider’s sentence, and not tried again above', async () => {
    const { call, choice, clock } = world()
    const startedAtMs = clock.nowMs
    const fails = Array.from({ length: 200 }, (): Turn => ({ kind: 'unavailable' }))
    await expect(call([choice('a', fails)])).rejects.toMatchObject({
      kind: 'unavailable',
      retryable: false,
      message: 'a fails. Do something.',
    })
    expect(clock.nowMs - startedAtMs).toBeLessThanOrEqual(limits.modelPatienceMs)
    expect(clock.nowMs - startedAtMs).toBeGreaterThan(limits.modelPatienceMs - 60_000)
  })

  test('whose keys are all refused ends at once; the next step asks again, for the key may be mended', async () => {
    const { asked, call, choice, pauses } = world()
    const choices = [choice('a', [{ kind: 'forbidden' }]), choice('b', [{ kind: 'forbidden' }])]
    await expect(call(choices)).rejects.toMatchObject({
      kind: 'forbidden',
      message: 'a fails. Do something.',
    })
    expect(pauses).toEqual([])
    expect((await call(choices)).choice.model).toBe('a')
    expect(asked).toEqual(['a', 'b', 'a'])
  })

  test('asks a refused key no more as long as another choice answers', async () => {
    const { asked, call, choice } = world()
    const choices = [choice('a', [{ kind: 'forbidden' }]), choice('b', [])]
    await call(choices)
    await call(choices)
    expect(asked).toEqual(['a', 'b', 'b'])
  })

  test('waits for the one that may come back when the other’s key is refused', async () => {
    const { asked, call, choice } = world()
    const choices = [choice('a', [{ kind: 'forbidden' }]), choice('b', [{ kind: 'unavailable' }])]
    expect((await call(choices)).choice.model).toBe('b')
    expect(asked).toEqual(['a', 'b', 'b'])
  })

  test('leaves out what the reservation does not pay for, and says why', async () => {
    const { choice, call } = world()
    const [dear, cheap] = [choice('dear', []), choice('cheap', [])]
    const deps = {
      health: createHealth({ now: Date.now, random: () => 1 }),
      limits: limitless(),
      log: silentLog,
      now: Date.now,
      random: () => 0,
    }
    const called = await callModel(
      { ...deps, choices: [dear, cheap], onWait: () => undefined, pause: async () => undefined },
      ({ model }) => (model === 'cheap' ? { request: requestOf(model), inputTokens: 0 } : undefined),
      new AbortController().signal,
    )
    expect([called.choice.model, called.handover]).toEqual([
      'cheap',
      { from: 'dear/dear', reason: 'cap_reached' },
    ])
    await expect(call([])).rejects.toMatchObject({ kind: 'cap_reached' })
  })

  test('ends at once when it is aborted in a wait, and asks nobody afterwards', async () => {
    const { asked, choice, health } = world()
    const stopped = new LoomError({ kind: 'cancelled', message: 'Stopped.' })
    const controller = new AbortController()
    const pending = callModel(
      {
        choices: [choice('a', [{ kind: 'unavailable' }])],
        health,
        limits: limitless(),
        log: silentLog,
        now: () => 1_000_000,
        random: () => 0,
        onWait: () => controller.abort(stopped),
        pause: async (_, signal) => signal.throwIfAborted(),
      },
      ({ model }) => ({ request: requestOf(model), inputTokens: 0 }),
      controller.signal,
    )
    await expect(pending).rejects.toBe(stopped)
    expect(asked).toEqual(['a'])
  })

  test('whose picture the store cannot give blames no provider', async () => {
    const { asked, call, choice } = world()
    const gone = new LoomError({ kind: 'unavailable', message: 'The file store does not answer.' })
    const looking = choice('a', [])
    looking.port.call = async (request, signal) => {
      asked.push('a')
      await request.readBlob('x', signal)
      return replyOf('a')
    }
    const deps = {
      health: createHealth({ now: Date.now, random: () => 1 }),
      limits: limitless(),
      log: silentLog,
      now: Date.now,
      random: () => 0,
    }
    const pending = callModel(
      { ...deps, choices: [looking, choice('b', [])], onWait: () => undefined, pause: async () => undefined },
      ({ model }) => ({
        request: { ...requestOf(model), readBlob: () => Promise.reject(gone) },
        inputTokens: 0,
      }),
      new AbortController().signal,
    )
    await expect(pending).rejects.toBe(gone)
    expect(asked).toEqual(['a'])
    void call
  })
})

describe('what is learned of a provider', () => {
  test('counts for all models of an account when its key is refused, and for one model when that is overloaded', () => {
    const { choice, health } = world()
    const deep = choice('deep', [], 'ours')
    const quick = choice('quick', [], 'ours')
    const theirs = choice('deep', [], 'theirs')
    health.failed(deep, new LoomError({ kind: 'unavailable', message: '' }))
    expect([deep, quick, theirs].map((each) => health.restOf(each)?.kind)).toEqual([
      'unavailable',
      undefined,
      undefined,
    ])
    health.failed(deep, new LoomError({ kind: 'forbidden', message: '' }))
    expect([deep, quick, theirs].map((each) => health.restOf(each)?.kind)).toEqual([
      'forbidden',
      'forbidden',
      undefined,
    ])
    health.answered(quick)
    expect(health.restOf(quick)).toBeUndefined()
  })
})
