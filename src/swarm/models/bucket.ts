import { toLoomError } from '../../core/errors.ts'
import type { LimitKind, LimitSaid } from '../../core/model.ts'
import { limitKinds } from '../../core/model.ts'
import type { Clock, Log } from '../../core/ports.ts'
import type { LimitAsk, LimitGrant } from '../../storage/limits/draw.ts'
import type { LimitFact } from '../../storage/limits/learn.ts'
import { createLine, type Waiting } from './line.ts'

/**
 * How long a share may lie in a worker before it is given back. A shared bucket holds less than the provider's by what
 * fills it in this time, so that shares and bucket together are never more than the provider has.
 */
export const holdMs = 3_000
const awayMs = 5_000
const answerMs = 1_000
const longestWaitMs = 5_000
const shortestWaitMs = 20

export type Amounts = Record<LimitKind, number>

export interface BucketDeps {
  draw(input: { bucket: string; asks: readonly LimitAsk[] }): Promise<LimitGrant[]>
  learn(input: { bucket: string; facts: readonly LimitFact[]; blockMs: number }): Promise<void>
  now: Clock
  random: () => number
  log: Log
}

/** One kind of limit, as this worker knows it: what it has in hand, and what it must settle at its next draw. */
interface Known {
  capacity: number
  perSecond: number
  have: number
  drawnAtMs: number
  back: number
  seen: Measured
  left: Measured | undefined
}

interface Measured {
  level: number
  atMs: number
}

/**
 * This worker's side of one shared bucket. It draws a share ahead and spends it without asking anybody; near the limit
 * it draws what its calls need, which stand in line by turns of their tenants. Never throws: a database that is away
 * costs the limits, not the work.
 */
export function createBucket(deps: BucketDeps, name: string) {
  const { log, now } = deps
  const kinds = new Map<LimitKind, Known>()
  const line = createLine()
  let looking: Promise<void> | undefined
  let drawing: Promise<void> | undefined
  let learning: Promise<void> | undefined
  let noDrawBeforeMs = 0
  let awayUntilMs = 0

  /** A share that lay here too long is not spent: meanwhile the bucket may have filled up behind it. */
  const expire = (): void => {
    if (line.size() > 0) return
    for (const known of kinds.values()) {
      if (now() - known.drawnAtMs <= holdMs) continue
      known.back += known.have
      known.have = 0
    }
  }

  const needOf = (call: Waiting, kind: LimitKind, known: Known) => Math.min(call.needs[kind], known.capacity)
  const wanted = (calls: readonly Waiting[], kind: LimitKind, known: Known) =>
    calls.reduce((sum, call) => sum + needOf(call, kind, known), 0)

  const covers = (call: Waiting): boolean => {
    const calls = [...line.before(call), call]
    return [...kinds].every(([kind, known]) => known.have + 1e-6 >= wanted(calls, kind, known))
  }

  const go = (call: Waiting): number => {
    line.serve(call)
    for (const [kind, known] of kinds) {
      const need = needOf(call, kind, known)
      known.have = Math.max(0, known.have - need)
      call.spent[kind] = need
    }
    return 0
  }

  const send = async (asks: readonly LimitAsk[]): Promise<void> => {
    const sentAtMs = now()
    for (const { back, kind } of asks) update(kind, (known) => ({ back: known.back - back, left: undefined }))
    try {
      const grants = await inTime(deps.draw({ bucket: name, asks }))
      const answered = new Set(grants.map((grant) => grant.kind))
      for (const { kind } of asks) if (!answered.has(kind)) kinds.delete(kind)
      for (const grant of grants) take(grant, sentAtMs)
    } catch (thrown) {
      for (const { back, kind } of asks) update(kind, (known) => ({ back: known.back + back }))
      fault(thrown)
    }
  }

  const update = (kind: LimitKind, change: (known: Known) => Partial<Known>): void => {
    const known = kinds.get(kind)
    if (known) Object.assign(known, change(known))
  }

  const take = (grant: LimitGrant, atMs: number): void => {
    const { blockedMs, capacity, granted, level, perSecond } = grant
    const { kind } = grant
    const known = kinds.get(kind)
    const have = (known?.have ?? 0) + granted
    const seen = { level, atMs }
    const drawnAtMs = granted > 0 ? atMs : (known?.drawnAtMs ?? atMs)
    kinds.set(kind, { capacity, perSecond, have, drawnAtMs, back: known?.back ?? 0, seen, left: known?.left })
    if (blockedMs > 0) noDrawBeforeMs = Math.max(noDrawBeforeMs, now() + blockedMs)
  }

  /** Believes the provider where it says that less is left than we think. */
  const lower = (known: Known, left: Measured): void => {
    const most = grown(left, known)
    if (most >= known.have + Math.min(known.capacity, grown(known.seen, known))) return
    known.have = Math.min(known.have, most)
    if (!known.left || most < grown(known.left, known)) known.left = left
  }

  const fault = (thrown: unknown): void => {
    awayUntilMs = now() + awayMs
    log.warn({ detail: toLoomError(thrown).detail }, 'the limits of a provider cannot be shared for now')
  }

  /** What lies here to be told: given back, owed, or said by the provider. */
  const asksFor = (calls: readonly Waiting[]): LimitAsk[] =>
    [...kinds].map(([kind, known]) => {
      const need = Math.max(0, Math.min(known.capacity, wanted(calls, kind, known)) - known.have)
      const ahead = need > 0 ? (known.perSecond * holdMs) / 1_000 : 0
      const { left } = known
      return { kind, need, ahead, back: known.back, left: left && grown(left, known) }
    })

  const grown = ({ atMs, level }: Measured, { perSecond }: Known): number =>
    level + (perSecond * (now() - atMs)) / 1_000

  /** One draw for all that stand here awake, and for whoever is before them. */
  const draw = async (): Promise<void> => {
    const calls = line.upToLastAwake()
    for (const call of calls) call.asked = true
    await send(asksFor(calls))
    const [first] = line.all()
    if (first && !covers(first))
      noDrawBeforeMs = Math.max(noDrawBeforeMs, now() + Math.max(shortestWaitMs, fillMs([first]) / 2))
  }

  const fillMs = (calls: readonly Waiting[]): number =>
    Math.max(
      ...[...kinds].map(
        ([kind, known]) => ((wanted(calls, kind, known) - known.have) / known.perSecond) * 1_000,
      ),
    )

  const waitMs = (call: Waiting): number => {
    const filled = fillMs([...line.before(call), call])
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
        for (const { capacity, kind, left, perSecond } of facts) {
          const fresh = {
            have: 0,
            drawnAtMs: now(),
            back: 0,
            seen: { level: left, atMs: now() },
            left: undefined,
          }
          kinds.set(kind, { ...fresh, ...kinds.get(kind), capacity, perSecond })
        }
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
    const asks = asksFor([]).filter(({ back, left }) => back !== 0 || left !== undefined)
    if (asks.length > 0 && now() >= awayUntilMs) await send(asks)
  }

  return {
    /** Zero: go, what the call needs is taken. Else about how long until there is room; the call stands in line. */
    async take(call: Waiting): Promise<number> {
      if (now() >= awayUntilMs) looking ??= look()
      await looking
      if (kinds.size === 0) return 0
      expire()
      line.join(call)
      while (!covers(call) && !call.asked && now() >= Math.max(noDrawBeforeMs, awayUntilMs)) {
        drawing ??= draw().finally(() => {
          drawing = undefined
        })
        await drawing
      }
      line.sleep(call)
      if (covers(call) || now() < awayUntilMs) return go(call)
      return waitMs(call)
    },

    leave: line.leave,

    /**
     * What the provider said with the answer to a call that went at `sentAtMs`. It counted at some moment since and
     * rounds, so that what it says is left is taken for the most that can have been left then.
     */
    heard(said: readonly LimitSaid[], sentAtMs: number): void {
      const facts: LimitFact[] = []
      for (const { kind, left, limit, perSecond } of said) {
        const capacity = limit - (perSecond * holdMs) / 1_000
        const known = kinds.get(kind)
        if (!known || Math.abs(known.capacity - capacity) > capacity / 1_000) {
          facts.push({ kind, capacity, perSecond, left: left ?? capacity })
        } else if (left !== undefined) {
          lower(known, { level: left + Math.max(1, limit / 100), atMs: sentAtMs })
        }
      }
      if (facts.length > 0 && !learning) learn(facts, 0)
    },

    /** The provider takes nothing for so long: all workers are told, and nobody goes before. */
    refused(said: readonly LimitSaid[], restMs: number): void {
      if (kinds.size === 0) return
      noDrawBeforeMs = Math.max(noDrawBeforeMs, now() + restMs)
      const facts = [...kinds].map(([kind, known]) => {
        known.have = 0
        const left = said.find((one) => one.kind === kind)?.left ?? 0
        return { kind, capacity: known.capacity, perSecond: known.perSecond, left }
      })
      learn(facts, restMs)
    },

    /** What a call took and did not use is given back; what it used beyond is owed. */
    settle(call: Waiting, used: Partial<Amounts>): void {
      for (const [kind, known] of kinds) {
        const spent = call.spent[kind]
        const actual = used[kind]
        if (spent !== undefined && actual !== undefined) known.back += spent - actual
      }
    },

    /** Gives back what lies here unused, and settles what is owed, once that is worth a statement. */
    async tidy(): Promise<void> {
      expire()
      // As long as somebody waits, the draws for them carry it.
      const matters = [...kinds.values()].some(
        (known) => Math.abs(known.back) > known.capacity / 100 || known.left,
      )
      if (line.size() === 0 && matters && !drawing) await flush()
    },

    async close(): Promise<void> {
      for (const known of kinds.values()) {
        known.back += known.have
        known.have = 0
      }
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
