import type { Clock } from '../world.ts'
import type { Method } from './method.ts'

const perMinute = { 1: 1, 2: 20, 3: 50, 4: 100 } as const

/** Slack's limits: calls of a method in a workspace within a minute, and one post a second in a channel. */
export function startLimits(clock: Clock, options: { limitedHistory: boolean }) {
  const seen = new Map<string, number[]>()

  /** The seconds to wait, or nothing when the call may go on; it is counted then. */
  return function limit(called: Method, about: { teamId: string; channel: unknown }): number | undefined {
    const isHistory = called.name === 'conversations.history' || called.name === 'conversations.replies'
    const [key, most, windowMs] =
      called.tier === 'post'
        ? [`post ${about.teamId} ${about.channel}`, 1, 1000]
        : [
            `${called.name} ${about.teamId}`,
            called.tier === 'free' ? 1000 : isHistory && options.limitedHistory ? 1 : perMinute[called.tier],
            60_000,
          ]
    const now = clock.now()
    const recent = (seen.get(key) ?? []).filter((at) => at > now - windowMs)
    const [oldest] = recent
    if (recent.length >= most && oldest !== undefined)
      return Math.max(1, Math.ceil((oldest + windowMs - now) / 1000))
    seen.set(key, [...recent, now])
    return undefined
  }
}
