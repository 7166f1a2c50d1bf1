import { z } from 'zod'
import type { Clock } from '../../../core/ports.ts'
import { labelOf } from '../render/elements.ts'
import { discordLine } from '../render/harmless.ts'
import { limits } from '../render/limits.ts'
import type { DiscordFault, DiscordRest } from '../rest.ts'
import type { Place } from './place.ts'

/** Where a message for a thread goes now. */
export interface Spot {
  channel: string
  /** In a server with too many threads: the message that the thread would have begun from. */
  replyTo?: string
}

export interface Spots {
  spotOf(place: Place): Spot
  /**
   * After a refusal: makes a thread that is not there yet, wakes an archived one, or goes where there is room. Answers
   * the fault where there is no way, `undefined` where the call is worth another try.
   */
  mend(place: Place, fault: DiscordFault, title: string): Promise<DiscordFault | undefined>
  /** Something of ours stands there: a thread that is not found from now on was deleted, and is not made anew. */
  stands(place: Place): void
  isStanding(place: Place): boolean
}

const threadLimits: readonly unknown[] = [160_006, 160_007]
const hasThread = 160_004
const unknownMessage = 10_008
/** How long a server with too many threads is not asked for one more. */
const replyMs = 10 * 60_000
const mostKept = 10_000
const said = z.object({ content: z.string() })

/** Threads as this process knows them. */
export function createSpots(deps: { rest: DiscordRest; now: Clock }): Spots {
  const standing = new Set<string>()
  const replying = new Map<string, number>()

  /** What the message says that the thread begins from, without the names in it. */
  const asked = async ({ channel, thread }: Place): Promise<string> => {
    const outcome = await deps.rest.attempt({
      method: 'GET',
      route: `/channels/${channel}/messages/${thread}`,
    })
    const content = outcome.ok ? (said.safeParse(outcome.result).data?.content ?? '') : ''
    return discordLine(content.replaceAll(/<(?:@[!&]?|#|a?:\w+:)\d+>/gu, ' '))
  }

  const begin = async (place: Place, title: string): Promise<DiscordFault | undefined> => {
    const outcome = await deps.rest.attempt({
      method: 'POST',
      route: `/channels/${place.channel}/messages/${place.thread}/threads`,
      body: { name: labelOf(title || (await asked(place)) || 'Loom', limits.threadName) },
    })
    if (outcome.ok || outcome.fault.code === hasThread) {
      remember(standing, place.thread)
      return undefined
    }
    if (threadLimits.includes(outcome.fault.code)) {
      replying.set(place.thread, deps.now() + replyMs)
      if (replying.size > mostKept) replying.clear()
      return undefined
    }
    const isGone = outcome.fault.code === unknownMessage
    return isGone ? { ...outcome.fault, place: true } : outcome.fault
  }

  const wake = async (place: Place, fault: DiscordFault): Promise<DiscordFault | undefined> => {
    const outcome = await deps.rest.attempt({
      method: 'PATCH',
      route: `/channels/${place.thread}`,
      body: { archived: false },
    })
    if (outcome.ok) return undefined
    return outcome.fault.error.retryable ? outcome.fault : fault
  }

  return {
    spotOf(place) {
      const isReplying = (replying.get(place.thread) ?? 0) > deps.now() && !standing.has(place.thread)
      return isReplying ? { channel: place.channel, replyTo: place.thread } : { channel: place.thread }
    },
    async mend(place, fault, title) {
      if (fault.code === 50_083) return wake(place, fault)
      const mayBegin = place.thread !== place.channel && !standing.has(place.thread)
      return fault.code === 10_003 && mayBegin ? begin(place, title) : fault
    },
    stands: ({ thread }) => remember(standing, thread),
    isStanding: ({ thread }) => standing.has(thread),
  }
}

function remember(kept: Set<string>, thread: string): void {
  kept.delete(thread)
  kept.add(thread)
  const [oldest] = kept
  if (kept.size > mostKept && oldest !== undefined) kept.delete(oldest)
}
