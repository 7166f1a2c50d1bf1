import type { Clock } from '../../core/ports.ts'

/** When this process last showed each card, so that one of which nothing is new is shown again in time. */
export interface Renewals {
  /** Whether so long has passed. Of a card that this process has not shown, nobody knows: it is due. */
  isDue(deliveryId: string, everyMs: number): boolean
  /** Whether it is known here, and need not be shown again as long as nothing is new of it. */
  rests(deliveryId: string): boolean
  /** It is shown as it is now; without `everyMs` that holds for as long as nothing is new. */
  shown(deliveryId: string, everyMs: number | undefined): void
  forget(deliveryId: string): void
}

const mostKept = 10_000

export function createRenewals(now: Clock): Renewals {
  const known = new Map<string, { atMs: number; everyMs: number | undefined }>()
  return {
    isDue: (deliveryId, everyMs) =>
      now() - (known.get(deliveryId)?.atMs ?? Number.NEGATIVE_INFINITY) >= everyMs,
    rests(deliveryId) {
      const card = known.get(deliveryId)
      return card !== undefined && (card.everyMs === undefined || now() - card.atMs < card.everyMs)
    },
    shown(deliveryId, everyMs) {
      known.delete(deliveryId)
      known.set(deliveryId, { atMs: now(), everyMs })
      for (const old of known.keys()) {
        if (known.size <= mostKept) break
        known.delete(old)
      }
    },
    forget: (deliveryId) => void known.delete(deliveryId),
  }
}
