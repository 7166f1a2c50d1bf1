import type { Clock } from '../../../core/ports.ts'
import type { WorkStatus } from '../../port/work-status.ts'
import { shortened } from '../../words/cut.ts'
import { slackLine } from '../render/harmless.ts'
import type { Calls } from './call.ts'
import type { Place } from './place.ts'

export interface Sessions {
  /** Shows in Slack's own way, beside the thread, that Loom works, waits or is done. Never fails. */
  show(calls: Calls, place: Place, status: WorkStatus, title?: string): Promise<void>
}

/** Slack takes a status back that nobody renewed for two minutes. */
const renewMs = 90_000
const mostKept = 2_000

/**
 * The agent sessions of one installation. Where the app has none, which is seen by its scopes or by Slack's refusal,
 * this is switched off quietly: the card says the same.
 */
export function createSessions(deps: { now: Clock }): Sessions {
  const shown = new Map<string, { status: WorkStatus; atMs: number }>()
  let on = true
  return {
    async show(calls, place, status, title) {
      const key = `${place.channel} ${place.threadTs}`
      const last = shown.get(key)
      const isOld = status === 'processing' && last !== undefined && deps.now() - last.atMs >= renewMs
      if (!on || (last?.status === status && !isOld)) return
      const name = title === undefined ? '' : shortened(slackLine(title), 200)
      const outcome = await calls.attempt('agents.sessions.setStatus', {
        channel_id: place.channel,
        thread_ts: place.threadTs,
        status,
        ...(name ? { title: name } : {}),
      })
      if (outcome.ok) shown.set(key, { status, atMs: deps.now() })
      // What concerns this thread alone or passes says nothing of the app.
      else if (!outcome.fault.error.retryable && !outcome.fault.place) on = false
      for (const old of shown.keys()) {
        if (shown.size <= mostKept) break
        shown.delete(old)
      }
    },
  }
}
