import { toLoomError } from '../../core/errors.ts'
import type { Log } from '../../core/ports.ts'
import type { Lane } from '../../core/words.ts'
import type { Store } from '../database.ts'
import type { HeldTask } from '../tasks/held.ts'
import { loadShares, slotsToYield } from '../tasks/shares.ts'

/** Rings come in swarms; looking once for all of one moment is enough. */
const everyMs = 100
/** How many slots a tenant can be given at one look; those that still wait are seen at the next. */
const mostAtOnce = 16

export interface FairShare {
  /** Somebody may wait, and here is no free slot. Looks soon, once for many calls; never throws. */
  look(): void
  /** Whether a task that is between two steps shall make room; when that is said, it is expected to go. */
  makesRoom(task: HeldTask): boolean
  /** The task has left its slot, for whatever reason. */
  left(task: HeldTask): void
  close(): void
}

/**
 * Lets a full runner make room for tenants that wait while others hold more than they would have then: a task is handed
 * back at the end of its step, where nothing is lost, and is the first of its tenant to go on. Without this a tenant
 * whose agents run for an hour would hold every slot for an hour.
 */
export function createFairShare(deps: {
  store: Store
  log: Log
  lane: Lane
  holder: string
  slots: number
}): FairShare {
  const { holder, lane, log, slots, store } = deps
  let yields = new Map<string, number>()
  /** Those who were told to make room and have not gone yet: their slots are as good as given. */
  const leaving = new Set<string>()
  let timer: NodeJS.Timeout | undefined
  let again = false

  const count = async (): Promise<void> => {
    try {
      const shares = await loadShares(store, { lane, holder, limit: Math.min(slots, mostAtOnce) })
      yields = slotsToYield(shares, leaving.size)
    } catch (thrown) {
      yields = new Map()
      log.warn({ detail: toLoomError(thrown).detail }, 'who waits could not be counted')
    }
  }

  const look = (): void => {
    if (timer) {
      again = true
      return
    }
    void count()
    timer = setTimeout(() => {
      timer = undefined
      if (again) look()
      again = false
    }, everyMs)
    timer.unref()
  }

  return {
    look,
    makesRoom({ taskId, tenantId }) {
      const left = yields.get(tenantId) ?? 0
      if (left <= 0) return false
      yields.set(tenantId, left - 1)
      leaving.add(taskId)
      return true
    },
    left: ({ taskId }) => void leaving.delete(taskId),
    close() {
      clearTimeout(timer)
    },
  }
}
