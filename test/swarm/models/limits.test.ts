import { randomBytes } from 'node:crypto'
import type postgres from 'postgres'
import { describe, expect, inject, it } from 'vitest'
import { LoomError } from '../../../src/core/errors.ts'
import type { LimitSaid, ModelReply, ModelRequest } from '../../../src/core/model.ts'
import { freeOfCharge } from '../../../src/core/prices.ts'
import { drawLimits } from '../../../src/storage/limits/draw.ts'
import { learnLimits } from '../../../src/storage/limits/learn.ts'
import { callModel } from '../../../src/swarm/models/call.ts'
import type { ModelChoice } from '../../../src/swarm/models/choice.ts'
import { holdMs } from '../../../src/swarm/models/hand.ts'
import { createHealth } from '../../../src/swarm/models/health.ts'
import { createLimits } from '../../../src/swarm/models/limits.ts'
import { useBed } from '../../storage/support/bed.ts'
import { describeOneServer, silentLog, type TestBed } from '../../support/store.ts'
import { providerBucket, virtualTime } from './limits-bed.ts'

describeOneServer('the limits of a provider', (server) => {
  const bed = useBed(server)

  const world = (input: Parameters<typeof openWorld>[1]) => openWorld(bed(), input)

  describe('shared by two workers', () => {
    it('are used to nine tenths and more, with next to no refusals, however many want to go', async () => {
      const { seen, time, worker } = world({ requests: 50, seed: 2 })
      const workers = [worker(), worker()]
      const [first] = workers
      await time.run([first?.agent('t', 1) ?? idle], 10_000)
      const agents = workers.flatMap((each) => Array.from({ length: 16 }, () => each.agent('t')))
      await time.run([...agents, ...workers.map((each) => each.tidying)], 120_000)
      const allowed = 50 + (50 * time.passedMs()) / 60_000
      expect(seen.served).toBeGreaterThan(allowed * 0.9)
      expect(seen.refused).toBeLessThan(allowed * 0.02)
    })
  })
})

describe('within the limits of a provider', () => {
  const [server] = inject('servers')
  if (!server) throw new Error('no test server')
  const bed = useBed(server)
  const world = (input: Parameters<typeof openWorld>[1]) => openWorld(bed(), input)

  it('tokens are held to the limit too, estimated from the calls before and settled by what they were', async () => {
    const { seen, time, worker } = world({ requests: 10_000, tokens: 60_000 })
    await time.run([worker().agent('t', 1)], 10_000)
    const workers = [worker(), worker()]
    const agents = workers.flatMap((each) => Array.from({ length: 10 }, () => each.agent('t')))
    await time.run([...agents, ...workers.map((each) => each.tidying)], 120_000)
    const allowed = 60_000 + time.passedMs()
    expect(seen.tokens).toBeGreaterThan(allowed * 0.85)
    expect(seen.tokens).toBeLessThan(allowed * 1.02)
    expect(seen.refused).toBeLessThan(seen.served * 0.05)
  })

  it('nothing waits and next to nothing is asked of the database while there is plenty', async () => {
    const { seen, time, worker } = world({ requests: 60_000 })
    const one = worker()
    await time.run([one.agent('t', 1)], 10_000)
    const before = seen.draws
    await time.run(
      Array.from({ length: 30 }, () => one.agent('t', 10)),
      60_000,
    )
    expect(seen.served).toBe(301)
    expect(seen.refused).toBe(0)
    expect(seen.draws - before).toBeLessThan(15)
  })

  it('the first call of another tenant waits for a turn, not for all that stand in line', async () => {
    const { seen, time, worker } = world({ requests: 60, left: 2 })
    const one = worker()
    await time.run([one.agent('much', 1)], 10_000)
    const many = Array.from({ length: 60 }, () => one.agent('much'))
    const late = async () => {
      await time.sleep(20_000)
      const startedMs = time.passedMs()
      await one.agent('little', 1)()
      const between = (seen.byTenant.get('much') ?? []).filter((atMs) => atMs > startedMs)
      // One a second, a call of up to 3.3 seconds, and the turn of one or two that were before.
      expect(between.length).toBeLessThanOrEqual(8)
    }
    await time.run([...many, late], 40_000)
    expect(seen.byTenant.get('little')).toHaveLength(1)
  })

  it('a refusal that one worker gets stops the others, once their shares are old, until the provider takes calls again', async () => {
    const { seen, time, worker } = world({ requests: 60 })
    const [one, two] = [worker(), worker()]
    await time.run([one.agent('t', 1), two.agent('t', 1)], 10_000)
    seen.refuseUntilMs = time.now() + 20_000
    const before = seen.refused
    const later = async () => {
      await time.sleep(holdMs + 1_000)
      await two.agent('t', 1)()
      expect(time.now()).toBeGreaterThanOrEqual(seen.refuseUntilMs)
    }
    await time.run([one.agent('t', 1), later], 60_000)
    expect(seen.refused - before).toBe(1)
    expect(seen.served).toBe(4)
  })

  it('a database that does not answer costs the limits and not the work', async () => {
    const { seen, time, worker } = world({ requests: 60_000 })
    const one = worker()
    await time.run([one.agent('t', 1)], 10_000)
    seen.away = true
    await time.run(
      Array.from({ length: 5 }, () => one.agent('t', 20)),
      600_000,
    )
    expect(seen.served).toBe(101)
    const fresh = worker()
    await time.run([fresh.agent('t', 3)], 60_000)
    expect(seen.served).toBe(104)
  })

  it('a call that waits goes elsewhere when another model of its tier has room, and comes back', async () => {
    const { seen, time, worker } = world({ requests: 6, left: 1 })
    const one = worker()
    await time.run([one.agent('t', 1)], 10_000)
    const other = plainChoice('gpt')
    const called: unknown[] = []
    const goes = async () => void called.push(await one.call('t', [other]))
    await time.run([goes], 10_000)
    await time.run([async () => time.sleep(11_000), async () => time.sleep(11_000).then(goes)], 60_000)
    expect(called).toEqual([
      { answered: 'gpt', handover: { from: 'claude/m', reason: 'rate_limited' } },
      { answered: 'claude', handover: undefined },
    ])
    expect(seen.said).toEqual([])
  })

  it('says on the card what it waits for, and gives up its place when it is stopped', async () => {
    const { seen, time, worker } = world({ requests: 6, left: 1 })
    const one = worker()
    await time.run([one.agent('t', 1)], 10_000)
    const stopped = new LoomError({ kind: 'cancelled', message: 'Stopped.' })
    const stopping = new AbortController()
    const waits = async () => {
      await expect(one.call('t', [], stopping.signal)).rejects.toBe(stopped)
    }
    const stops = async () => {
      await time.sleep(2_000)
      stopping.abort(stopped)
    }
    await time.run([waits, stops], 60_000)
    expect(seen.said).toEqual(['claude is at its limit for now. Trying again.'])
    expect(seen.served).toBe(1)
  })
})

/** A model of which no limits are known. */
const plainChoice = (name: string): ModelChoice => ({
  model: 'm',
  price: freeOfCharge,
  account: name,
  port: {
    provider: name,
    label: name,
    countTokens: () => 0,
    call: async () => replyOf(name, { inputTokens: 1, outputTokens: 1 }),
  },
})

/**
 * Lets time pass for the buckets, whose clock is the database's: it is set ahead by what passes here, less what went by
 * there since.
 */
function bucketClock(sql: postgres.Sql): (ms: number) => Promise<unknown> {
  let atMs = performance.now()
  return async (ms) => {
    const realMs = performance.now() - atMs
    atMs += realMs
    await sql`update loom_shared.provider_limits set as_of = as_of - ${ms - realMs} * interval '1 millisecond'`
  }
}

const idle = async () => undefined
const never = new AbortController().signal

function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31
    return state / 2 ** 31
  }
}

const replyOf = (name: string, used: { inputTokens: number; outputTokens: number }): ModelReply => ({
  provider: name,
  model: 'm',
  parts: [{ type: 'text', text: 'said' }],
  stop: 'end',
  usage: { cacheReadTokens: 0, cacheWriteTokens: 0, ...used },
})

const requestOf = (userId: string): ModelRequest => ({
  purpose: 'work',
  model: 'm',
  effort: 'medium',
  userId,
  system: '',
  tools: [],
  mayCallTools: true,
  messages: [],
  maxOutputTokens: 1_000,
  readBlob: async () => new Uint8Array(),
})

/** Workers as processes are: nothing in common but the database, and a provider that counts for itself. */
function openWorld(bed: TestBed, input: { requests: number; left?: number; tokens?: number; seed?: number }) {
  const moveBuckets = bucketClock(bed.admin)
  const writing = new Set<Promise<unknown>>()
  const time = virtualTime({
    // What was learned is written at once: no time passes before it is.
    async onMove(ms) {
      await Promise.allSettled(writing)
      await moveBuckets(ms)
    },
  })
  const requests = providerBucket({ limit: input.requests, left: input.left ?? input.requests, ...time })
  const tokenLimit = input.tokens ?? 1e9
  const tokens = providerBucket({ limit: tokenLimit, left: tokenLimit, ...time })
  const seen = {
    served: 0,
    refused: 0,
    draws: 0,
    tokens: 0,
    byTenant: new Map<string, number[]>(),
    refuseUntilMs: 0,
    away: false,
    said: [] as string[],
  }
  const random = seeded(input.seed ?? 1)
  const key = randomBytes(32)

  const port = (name: string): ModelChoice['port'] => ({
    provider: name,
    label: name,
    countTokens: () => 0,
    async call(request) {
      const fits = time.now() >= seen.refuseUntilMs && requests.take(1) && tokens.take(0)
      const said: LimitSaid[] = [
        { kind: 'requests', limit: input.requests, perSecond: input.requests / 60, left: requests.left() },
      ]
      if (input.tokens)
        said.push({ kind: 'tokens', limit: tokenLimit, perSecond: tokenLimit / 60, left: tokens.left() })
      if (!fits) {
        seen.refused += 1
        request.onLimits?.(said)
        const retryAfterMs = Math.max(2_000, seen.refuseUntilMs - time.now())
        throw new LoomError({ kind: 'rate_limited', message: 'Too many.', retryAfterMs })
      }
      await time.sleep(300)
      request.onLimits?.(said)
      await time.sleep(random() * 3_000)
      const used = { inputTokens: Math.round(random() * 4_000), outputTokens: Math.round(random() * 800) }
      if (input.tokens) tokens.charge(used.inputTokens + used.outputTokens)
      seen.tokens += used.inputTokens + used.outputTokens
      seen.served += 1
      const { userId } = request
      seen.byTenant.set(userId, [...(seen.byTenant.get(userId) ?? []), time.passedMs()])
      return replyOf(name, used)
    },
  })

  const worker = () => {
    const limits = createLimits({
      draw: async (ask) => {
        seen.draws += 1
        if (seen.away) throw new LoomError({ kind: 'unavailable', message: 'Away.' })
        return drawLimits(bed.store('loom_worker'), ask)
      },
      learn: (facts) => {
        const written = learnLimits(bed.store('loom_worker'), facts)
        writing.add(written)
        return written.finally(() => writing.delete(written))
      },
      key,
      now: time.now,
      random,
      log: silentLog,
    })
    const health = createHealth({ now: time.now, random })
    const choice: ModelChoice = { port: port('claude'), model: 'm', price: freeOfCharge, account: 'a' }
    const deps = { choices: [choice], health, limits, log: silentLog, now: time.now, random }
    return {
      limits,
      /** An agent that asks as fast as it is let. */
      agent:
        (tenant: string, steps = Number.POSITIVE_INFINITY) =>
        async () => {
          for (let step = 0; step < steps; step += 1) {
            const ask = () => ({ request: requestOf(tenant), inputTokens: 20_000 })
            const pause = (ms: number) => time.sleep(ms)
            await callModel({ ...deps, onWait: () => undefined, pause }, ask, never)
          }
        },
      /** One call, with others to go to. */
      async call(tenant: string, others: readonly ModelChoice[], signal = never) {
        const ask = () => ({ request: requestOf(tenant), inputTokens: 20_000 })
        const pause = async (ms: number, aborts: AbortSignal) => {
          await time.sleep(ms)
          aborts.throwIfAborted()
        }
        const onWait = (words: string) => void (seen.said.includes(words) || seen.said.push(words))
        const choices = [choice, ...others]
        const { choice: taken, handover } = await callModel({ ...deps, choices, onWait, pause }, ask, signal)
        return { answered: taken.port.provider, handover }
      },
      async tidying() {
        for (;;) {
          await time.sleep(1_000)
          await limits.tidy()
        }
      },
    }
  }
  return { time, seen, worker }
}
