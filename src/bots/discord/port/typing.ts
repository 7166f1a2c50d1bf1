import type { Clock } from '../../../core/ports.ts'
import type { Pace } from '../../port/pace.ts'
import type { DiscordRest } from '../rest.ts'

export interface Typing {
  /** Shows in a channel that Loom is at work, for about ten seconds. Never fails; said again too soon, it does nothing. */
  show(channel: string): Promise<void>
}

/** Discord takes a sign away after ten seconds, and earlier when a message comes. */
const renewMs = 8_000
/** Where it was refused it is not tried again for so long. */
const refusedMs = 10 * 60_000
/** A part of the fifty calls a second that there are for everything: what comes out of turn is left out. */
const rate = { everyMs: 100, burst: 10, mostMs: 0 }
const mostKept = 5_000

export function createTyping(deps: { rest: DiscordRest; pace: Pace; now: Clock }): Typing {
  const nextAt = new Map<string, number>()
  return {
    async show(channel) {
      if ((nextAt.get(channel) ?? 0) > deps.now()) return
      if ((await deps.pace.turn('typing', rate)) > 0) return
      nextAt.delete(channel)
      nextAt.set(channel, deps.now() + renewMs)
      const outcome = await deps.rest.attempt({ method: 'POST', route: `/channels/${channel}/typing` })
      if (!outcome.ok && !outcome.fault.error.retryable) nextAt.set(channel, deps.now() + refusedMs)
      for (const oldest of nextAt.keys()) {
        if (nextAt.size <= mostKept) break
        nextAt.delete(oldest)
      }
    },
  }
}
