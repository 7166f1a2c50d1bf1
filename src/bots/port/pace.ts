import type { Clock } from '../../core/ports.ts'

/** Ends after so many milliseconds. */
export type Sleep = (ms: number) => Promise<void>

export interface Pace {
  /**
   * Waits for a turn under the key, a turn each `everyMs` and `burst` more at once after a rest. Answers 0 when it has
   * come; where it would take longer than `mostMs`, how long it would take, and then there is no turn.
   */
  turn(key: string, rate: { everyMs: number; burst?: number; mostMs: number }): Promise<number>
  /** What a turn was for has only now arrived: the next comes no sooner than `everyMs` from now. */
  done(key: string, everyMs: number): void
}

/** Spaces calls so that a platform need not refuse any. Turns under one key come in the order in which they were asked for. */
export function createPace(deps: { now: Clock; sleep: Sleep }): Pace {
  /** When the last turn given so far is used up. */
  const used = new Map<string, number>()
  return {
    async turn(key, { burst = 0, everyMs, mostMs }) {
      const now = deps.now()
      const from = Math.max(now, used.get(key) ?? 0)
      const waitMs = from - now - burst * everyMs
      if (waitMs > mostMs) return waitMs
      used.set(key, from + everyMs)
      if (used.size > 10_000) for (const [old, until] of used) if (until < now) used.delete(old)
      if (waitMs > 0) await deps.sleep(waitMs)
      return 0
    },
    done(key, everyMs) {
      used.set(key, Math.max(used.get(key) ?? 0, deps.now() + everyMs))
    },
  }
}
