import { toLoomError } from '../../core/errors.ts'
import type { LimitSaid } from '../../core/model.ts'
import { limitKinds } from '../../core/model.ts'
import type { Clock, Log } from '../../core/ports.ts'
import type { LimitAsk, LimitGrant } from '../../storage/limits/draw.ts'
import type { LimitFact } from '../../storage/limits/learn.ts'
import { type Amounts, createHand } from './hand.ts'
import { createLine, type Waiting } from './line.ts'

const awayMs = 5_000
const answerMs = 1_000
const longestWaitMs = 5_000
const shortestWaitMs = 20

export interface BucketDeps {
  draw(input: { bucket: string; asks: readonly LimitAsk[] }): Promise<LimitGrant[]>
  learn(input: { bucket: string; facts: readonly LimitFact[]; blockMs: number }): Promise<void>
  now: Clock
  random: () => number
  log: Log
}

/**
 * This worker's side of one shared bucket. It draws a share ahead and spends it without asking anybody; near the limit
 * it draws what its calls need, which stand in line by turns of their tenants. Never throws: a database that is away
 * costs the limits, not the work.
 */
export function createBucket(deps: BucketDeps, name: string) {
  const { log, now } = deps
  const hand = createHand({ now })
  const line = createLine()
  let looking: Promise<void> | undefined
  let drawing: Promise<void> | undefined
  let learning: Promise<void> | undefined
  let noDrawBeforeMs = 0
  let awayUntilMs = 0

  const covers = (call: Waiting): boolean => hand.covers([...line.before(call), call])

  const expire = (): void => {
    if (line.size() === 0) hand.expire()
  }

  const send = async (asks: readonly LimitAsk[]): Promise<void> => {
    const sentAtMs = now()
    hand.told(asks)
    try {
      const grants = await inTime(deps.draw({ bucket: name, asks }))
      const answered = new Set(grants.map((grant) => grant.kind))
      for (const { kind } of asks) if (!answered.has(kind)) hand.forget(kind)
      for (const grant of grants) {
        hand.take(grant, sentAtMs)
        if (grant.blockedMs > 0) rest(grant.blockedMs)
      }
    } catch (thrown) {
      hand.untold(asks)
      fault(thrown)
    }
  }

  const rest = (ms: number): void => {
    noDrawBeforeMs = Math.max(noDrawBeforeMs, now() + ms)
  }

  const fault = (thrown: unknown): void => {
    awayUntilMs = now() + awayMs
    log.warn({ detail: toLoomError(thrown).detail }, 'the limits of a provider cannot be shared for now')
  }

  /** One draw for all that stand here awake, and for whoever is before them. */
  const draw = async (): Promise<void> => {
    const calls = line.upToLastAwake()
    for (const call of calls) call.asked = true
    await send(hand.asksFor(calls))
    const [first] = line.all()
    if (first && !covers(first)) rest(Math.max(shortestWaitMs, hand.fillMs([first]) / 2))
  }

  const waitMs = (call: Waiting): number => {
    const filled = hand.fillMs([...line.before(call), call])
    const wait = Math.max(shortestWaitMs, Math.min(filled, longestWaitMs)) * (1 + deps.random() / 10)
    return Math.max(wait, (noDrawBeforeMs - now()) * (1 + deps.random() / 10))
  }

  const look = async (): Promise<void> => {
    const nothing = { need: 0, ahead: 0, back: 0, left: undefined }
    await send(limitKinds.map((kind) => ({ kind, ...nothing })))
    if (now() < awayUntilMs) looking = undefined
  }

  const learn = (facts: readonly LimitFact[], blockMs: number): void => {
    const write = async () => {
      try {
        await inTime(deps.learn({ bucket: name, facts, blockMs }))
        for (const fact of facts) hand.learn(fact)
      } catch (thrown) {
        fault(thrown)
      }
    }
    const mine = (learning ?? Promise.resolve()).then(write).finally(() => {
      if (learning === mine) learning = undefined
    })
    learning = mine
  }

  const flush = async (): Promise<void> => {
    await drawing
    await learning
    const asks = hand.asksFor([]).filter(({ back, left }) => back !== 0 || left !== undefined)
    if (asks.length > 0 && now() >= awayUntilMs) await send(asks)
  }

  return {
    /** Zero: go, what the call needs is taken. Else about how long until there is room; the call stands in line. */
    async take(call: Waiting): Promise<number> {
      if (now() >= awayUntilMs) looking ??= look()
      await looking
      if (hand.isUnknown()) return 0
      expire()
      line.join(call)
      while (!covers(call) && !call.asked && now() >= Math.max(noDrawBeforeMs, awayUntilMs)) {
        drawing ??= draw().finally(() => {
          drawing = undefined
        })
        await drawing
      }
      line.sleep(call)
      if (!covers(call) && now() >= awayUntilMs) return waitMs(call)
      line.serve(call)
      hand.spend(call)
      return 0
    },

    leave: line.leave,

    /** What the provider said with the answer to a call that went at `sentAtMs`. */
    heard(said: readonly LimitSaid[], sentAtMs: number): void {
      const facts = hand.heard(said, sentAtMs)
      if (facts.length > 0 && !learning) learn(facts, 0)
    },

    /** The provider takes nothing for so long: all workers are told, and nobody goes before. */
    refused(said: readonly LimitSaid[], restMs: number): void {
      if (hand.isUnknown()) return
      rest(restMs)
      learn(hand.refused(said), restMs)
    },

    settle: (call: Waiting, used: Partial<Amounts>): void => hand.settle(call, used),

    /** Gives back what lies here unused, and settles what is owed, once that is worth a statement. */
    async tidy(): Promise<void> {
      expire()
      // As long as somebody waits, the draws for them carry it.
      if (line.size() === 0 && hand.mattersToTell() && !drawing) await flush()
    },

    async close(): Promise<void> {
      hand.empty()
      await flush()
    },
  }
}

export type Bucket = ReturnType<typeof createBucket>

/** A database that does not answer must not hold up a call that may well go. */
async function inTime<T>(work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error('no answer in time')), answerMs)
  try {
    return await Promise.race([work, promise])
  } finally {
    clearTimeout(timer)
  }
}
