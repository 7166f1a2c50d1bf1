import { randomUUID } from 'node:crypto'
import { type LoomError, toLoomError } from '../core/errors.ts'
import { claimDeliveries, type DueDelivery } from '../storage/deliveries/claim.ts'
import { keepDelivery } from '../storage/deliveries/keep.ts'
import { restIdleCards } from '../storage/deliveries/rest-idle.ts'
import { type DeliverDeps, deliver } from './outbox/deliver.ts'
import { createRenewals } from './outbox/renewals.ts'

export interface OutboxDeps extends Omit<DeliverDeps, 'renewals'> {
  /** Only deliveries for these threads; `undefined`: all threads of the port's platform. */
  threadHashes?: readonly Buffer[]
  /** Told once when what is due can no longer be read, with the error, and once when it can again. */
  onTrouble?: (error: LoomError | undefined) => void
  /** How long a delivery stays with a process that took it and died; while it lives, it keeps what it works at. */
  leaseMs?: number
  /** Under which this process shows its presence: then what it held when it died is free after moments, not the lease. */
  holder?: string
}

export interface Outbox {
  close(): Promise<void>
}

const defaultLeaseMs = 30_000
const keepEveryMs = 1_000
/** How many deliveries are under way at once: a slow one, such as a large upload, holds up no other. */
const slots = 50

/**
 * Sends what is due through a platform's ports until it is closed: posts once, keeps the platform's id, edits from then
 * on. Cards are shown at most every `editEveryMs` and when something happened, or when nothing did for as long as the port
 * bears; a question is edited once it is
 * settled; an answer waits for the last state of all of them. What the platform refuses for good is given up and logged;
 * anything else is tried again for about a day, and not before the platform said.
 */
export function startOutbox(deps: OutboxDeps): Outbox {
  const { holder = randomUUID() } = deps
  const leaseMs = deps.leaseMs ?? defaultLeaseMs
  const delivering = { ...deps, renewals: createRenewals(deps.store.now) }
  const underWay = new Map<string, Promise<void>>()
  let open = true
  let troubled = false
  let wake: () => void = () => undefined

  const work = async (due: DueDelivery) => {
    const keep = setInterval(
      () => {
        keepDelivery(deps.store, { ...due, holder, leaseMs }).catch(() => undefined)
      },
      Math.min(keepEveryMs, leaseMs / 3),
    )
    try {
      await deliver(delivering, due)
    } finally {
      clearInterval(keep)
      underWay.delete(due.deliveryId)
    }
  }

  /** Which of them are cards of which nothing is new: back in their place. What cannot be told is looked at one by one. */
  const restIdle = async (due: readonly DueDelivery[]): Promise<ReadonlySet<string>> => {
    const candidates = due.filter(
      ({ deliveryId, retaken }) => !retaken && delivering.renewals.rests(deliveryId),
    )
    const rested = await Promise.all(
      [...Map.groupBy(candidates, ({ tenantId }) => tenantId)].map(([tenantId, cards]) =>
        restIdleCards(deps.store, {
          ...{ tenantId, holder, nextInMs: deps.port.editEveryMs },
          deliveryIds: cards.map(({ deliveryId }) => deliveryId),
        }).catch(() => []),
      ),
    )
    return new Set(rested.flat())
  }

  const turn = async (): Promise<void> => {
    const limit = slots - underWay.size
    if (limit <= 0) return
    const due = await claimDeliveries(deps.store, {
      platform: deps.port.platform,
      ...(deps.threadHashes ? { threadHashes: deps.threadHashes } : {}),
      holder,
      limit,
      leaseMs,
    })
    const resting = await restIdle(due)
    for (const each of due) {
      if (resting.has(each.deliveryId)) continue
      if (!underWay.has(each.deliveryId)) underWay.set(each.deliveryId, work(each))
    }
  }

  const loop = async (): Promise<void> => {
    while (open) {
      try {
        await turn()
        if (troubled) deps.onTrouble?.(undefined)
        troubled = false
      } catch (thrown) {
        const error = toLoomError(thrown)
        deps.log.warn({ kind: error.kind, detail: error.detail }, 'the outbox could not read what is due')
        if (!troubled) deps.onTrouble?.(error)
        troubled = true
      }
      await new Promise<void>((resolve) => {
        wake = resolve
        setTimeout(resolve, Math.min(200, deps.port.editEveryMs))
      })
    }
  }
  const done = loop()

  return {
    async close() {
      open = false
      wake()
      await done
      await Promise.all(underWay.values())
    },
  }
}
