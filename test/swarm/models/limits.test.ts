import { createHash } from 'node:crypto'
import type postgres from 'postgres'
import { describe, expect, it } from 'vitest'
import { LoomError } from '../../../src/core/errors.ts'
import type { LimitSaid, ModelReply, ModelRequest } from '../../../src/core/model.ts'
import { freeOfCharge } from '../../../src/core/prices.ts'
import { drawLimits } from '../../../src/storage/limits/draw.ts'
import { learnLimits } from '../../../src/storage/limits/learn.ts'
import { callModel } from '../../../src/swarm/models/call.ts'
import type { ModelChoice } from '../../../src/swarm/models/choice.ts'
import { createHealth } from '../../../src/swarm/models/health.ts'
import { createLimits } from '../../../src/swarm/models/limits.ts'
import { useBed } from '../../storage/support/bed.ts'
import { describeEachServer, silentLog } from '../../support/store.ts'
import { providerBucket, virtualTime } from './limits-bed.ts'

describeEachServer('the limits of a provider', (server) => {
  const bed = useBed(server)

  /** Workers as processes are: nothing in common but the database, and a provider that counts for itself. */
  function world(input: { requests: number; left?: number; tokens?: number; seed?: number }) {
    const time = virtualTime({ onMove: bucketClock(bed().admin) })
    const requests = providerBucket({ limit: input.requests, left: input.left ?? input.requests, ...time })
    const tokenLimit = input.tokens ?? 1e9
    const tokens = providerBucket({ limit: tokenLimit, left: tokenLimit, ...time })
    const seen = { served: 0, refused: 0, draws: 0, tokens: 0, byTenant: new Map<string, number[]>() }
    const random = seeded(input.seed ?? 1)

    const port = (name: string): ModelChoice['port'] => ({
      provider: name,
      label: name,
      countTokens: () => 0,
      async call(request) {
        const fits = requests.take(1) && tokens.take(0)
        const said: LimitSaid[] = [
          { kind: 'requests', limit: input.requests, perSecond: input.requests / 60, left: requests.left() },
        ]
        if (input.tokens)
          said.push({ kind: 'tokens', limit: tokenLimit, perSecond: tokenLimit / 60, left: tokens.left() })
        if (!fits) {
          seen.refused += 1
          request.onLimits?.(said)
          throw new LoomError({ kind: 'rate_limited', message: 'Too many.', retryAfterMs: 2_000 })
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
        draw: (ask) => {
          seen.draws += 1
          return drawLimits(bed().store('loom_worker'), ask)
        },
        learn: (facts) => learnLimits(bed().store('loom_worker'), facts),
        key: createHash('sha256').update(`${input.seed}${server.name}`).digest(),
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

  describe('shared by two workers', () => {
    it('are used to nine tenths and more, with next to no refusals, however many want to go', async () => {
      const { seen, time, worker } = world({ requests: 50, seed: 2 })
      const workers = [worker(), worker()]
      const [first] = workers
      await time.run([first?.agent('t', 1) ?? idle], 10_000)
      const agents = workers.flatMap((each) => Array.from({ length: 40 }, () => each.agent('t')))
      await time.run([...agents, ...workers.map((each) => each.tidying)], 180_000)
      const allowed = 50 + (50 * time.passedMs()) / 60_000
      console.log({ ...seen, byTenant: 0, allowed })
      expect(seen.served).toBeGreaterThan(allowed * 0.9)
      expect(seen.refused).toBeLessThan(allowed * 0.02)
    })
  })
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
