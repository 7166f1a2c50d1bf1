import type { LimitKind, LimitSaid } from '../../core/model.ts'
import type { Clock } from '../../core/ports.ts'
import type { LimitAsk, LimitGrant } from '../../storage/limits/draw.ts'
import type { LimitFact } from '../../storage/limits/learn.ts'
import type { Waiting } from './line.ts'

/**
 * How long a share may lie in a worker before it is given back. A shared bucket holds less than the provider's by what
 * fills it in this time, so that shares and bucket together are never more than the provider has.
 */
export const holdMs = 3_000

export type Amounts = Record<LimitKind, number>

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

/** What a worker has in hand of one shared bucket, by kinds of limit; no look outside. */
export function createHand({ now }: { now: Clock }) {
  const kinds = new Map<LimitKind, Known>()

  const needOf = (call: Waiting, kind: LimitKind, known: Known) => Math.min(call.needs[kind], known.capacity)
  const wanted = (calls: readonly Waiting[], kind: LimitKind, known: Known) =>
    calls.reduce((sum, call) => sum + needOf(call, kind, known), 0)
  const grown = ({ atMs, level }: Measured, { perSecond }: Known): number =>
    level + (perSecond * (now() - atMs)) / 1_000

  /** Believes the provider where it says that less is left than we think. */
  const lower = (known: Known, left: Measured): void => {
    const most = grown(left, known)
    if (most >= known.have + Math.min(known.capacity, grown(known.seen, known))) return
    known.have = Math.min(known.have, most)
    if (!known.left || most < grown(known.left, known)) known.left = left
  }

  return {
    /** Nothing is known of the bucket's limits. */
    isUnknown: () => kinds.size === 0,

    /** A share that lay here too long is not spent: meanwhile the bucket may have filled up behind it. */
    expire(): void {
      for (const known of kinds.values()) {
        if (now() - known.drawnAtMs <= holdMs) continue
        known.back += known.have
        known.have = 0
      }
    },

    covers: (calls: readonly Waiting[]): boolean =>
      [...kinds].every(([kind, known]) => known.have + 1e-6 >= wanted(calls, kind, known)),

    spend(call: Waiting): void {
      for (const [kind, known] of kinds) {
        const need = needOf(call, kind, known)
        known.have = Math.max(0, known.have - need)
        call.spent[kind] = need
      }
    },

    /** What a call took and did not use is given back; what it used beyond is owed. */
    settle(call: Waiting, used: Partial<Amounts>): void {
      for (const [kind, known] of kinds) {
        const spent = call.spent[kind]
        const actual = used[kind]
        if (spent !== undefined && actual !== undefined) known.back += spent - actual
      }
    },

    /** How long until the bucket has filled up by what `calls` need and is not in hand. */
    fillMs: (calls: readonly Waiting[]): number =>
      Math.max(
        ...[...kinds].map(
          ([kind, known]) => ((wanted(calls, kind, known) - known.have) / known.perSecond) * 1_000,
        ),
      ),

    /** What `calls` need, and what lies here to be told: given back, owed, or said by the provider. */
    asksFor: (calls: readonly Waiting[]): LimitAsk[] =>
      [...kinds].map(([kind, known]) => {
        const need = Math.max(0, Math.min(known.capacity, wanted(calls, kind, known)) - known.have)
        const ahead = need > 0 ? (known.perSecond * holdMs) / 1_000 : 0
        const { left } = known
        return { kind, need, ahead, back: known.back, left: left && grown(left, known) }
      }),

    /** The asks are on their way: what they tell is no longer to be told. */
    told(asks: readonly LimitAsk[]): void {
      for (const { back, kind } of asks) {
        const known = kinds.get(kind)
        if (known) Object.assign(known, { back: known.back - back, left: undefined })
      }
    },

    /** They did not arrive. What the provider said was left is not kept: it is old by then. */
    untold(asks: readonly LimitAsk[]): void {
      for (const { back, kind } of asks) {
        const known = kinds.get(kind)
        if (known) known.back += back
      }
    },

    take(grant: LimitGrant, atMs: number): void {
      const { capacity, granted, kind, level, perSecond } = grant
      const known = kinds.get(kind)
      const have = (known?.have ?? 0) + granted
      const drawnAtMs = granted > 0 ? atMs : (known?.drawnAtMs ?? atMs)
      const seen = { level, atMs }
      kinds.set(kind, {
        capacity,
        perSecond,
        have,
        drawnAtMs,
        back: known?.back ?? 0,
        seen,
        left: known?.left,
      })
    },

    forget: (kind: LimitKind) => kinds.delete(kind),

    /** A limit that the bucket has learnt; what is in hand of it stays. */
    learn({ capacity, kind, left, perSecond }: LimitFact): void {
      const seen = { level: left, atMs: now() }
      const fresh = { have: 0, drawnAtMs: now(), back: 0, seen, left: undefined }
      kinds.set(kind, { ...fresh, ...kinds.get(kind), capacity, perSecond })
    },

    /**
     * What the provider said with the answer to a call that went at `sentAtMs`; answers the limits that are news. It
     * counted at some moment since and rounds, so that what it says is left is taken for the most that can have been
     * left then.
     */
    heard(said: readonly LimitSaid[], sentAtMs: number): LimitFact[] {
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
      return facts
    },

    /** The provider takes nothing now: what is in hand is worth nothing. Answers what the bucket is to learn of that. */
    refused: (said: readonly LimitSaid[]): LimitFact[] =>
      [...kinds].map(([kind, known]) => {
        known.have = 0
        const left = said.find((one) => one.kind === kind)?.left ?? 0
        return { kind, capacity: known.capacity, perSecond: known.perSecond, left }
      }),

    /** There is so much to tell that it is worth a statement of its own. */
    mattersToTell: (): boolean =>
      [...kinds.values()].some((known) => Math.abs(known.back) > known.capacity / 100 || known.left),

    empty(): void {
      for (const known of kinds.values()) {
        known.back += known.have
        known.have = 0
      }
    },
  }
}
