import type { Clock } from '../../core/ports.ts'

/** When this process last showed each card, so that one of which nothing is new is shown again in time. */
export interface Renewals {
  /** Whether so long has passed. Of a card that this process has not shown, nobody knows: it is due. */
  isDue(deliveryId: string, everyMs: number): boolean
  shown(deliveryId: string): void
  forget(deliveryId: string): void
}

const mostKept = 10_000

export function createRenewals(now: Clock): Renewals {
  const shownAt = new Map<string, number>()
  return {
    isDue: (deliveryId, everyMs) => now() - (shownAt.get(deliveryId) ?? Number.NEGATIVE_INFINITY) >= everyMs,
    shown(deliveryId) {
      shownAt.delete(deliveryId)
      shownAt.set(deliveryId, now())
      for (const old of shownAt.keys()) {
        if (shownAt.size <= mostKept) break
        shownAt.delete(old)
      }
    },
    forget: (deliveryId) => void shownAt.delete(deliveryId),
  }
}
