import { webApi } from '@slack/bolt'
import type { Clock, Log } from '../../../core/ports.ts'
import { type Fault, faultOf, rateLimited } from './fault.ts'

type Result = webApi.WebAPICallResult & Record<string, unknown>
export type Outcome = { ok: true; result: Result } | { ok: false; fault: Fault }

export interface Calls {
  /** Calls a method once. `rest`: what Slack counts beside the method, such as a channel. */
  attempt(method: string, args: Record<string, unknown>, rest?: string): Promise<Outcome>
  /** The same, for what must go well: throws the fault's error. */
  call(method: string, args: Record<string, unknown>): Promise<Result>
}

const timeoutMs = 15_000

/**
 * Slack's Web API under one token. The client repeats nothing: what passes is for whoever keeps the delivery. After a
 * refusal for its rate a method is left alone for as long as Slack said.
 */
export function createCalls(deps: {
  token: string
  slackApiUrl: string | undefined
  log: Log
  now: Clock
  /** Until when a method rests; shared by all clients of an installation. */
  resting: Map<string, number>
}): Calls {
  const client = new webApi.WebClient(deps.token, {
    ...(deps.slackApiUrl ? { slackApiUrl: deps.slackApiUrl } : {}),
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: timeoutMs,
    logger: silentLogger(),
  })
  const attempt: Calls['attempt'] = async (method, args, rest = '') => {
    const key = `${method} ${rest}`
    const waitMs = (deps.resting.get(key) ?? 0) - deps.now()
    if (waitMs > 0) return { ok: false, fault: rateLimited(method, waitMs) }
    deps.resting.delete(key)
    try {
      return { ok: true, result: { ...(await client.apiCall(method, args)) } }
    } catch (thrown) {
      const fault = faultOf(method, thrown)
      const { retryAfterMs } = fault.error
      if (retryAfterMs !== undefined) deps.resting.set(key, deps.now() + retryAfterMs)
      deps.log.debug({ method, code: fault.error.detail }, 'Slack did not take a call')
      return { ok: false, fault }
    }
  }
  return {
    attempt,
    async call(method, args) {
      const outcome = await attempt(method, args)
      if (!outcome.ok) throw outcome.fault.error
      return outcome.result
    },
  }
}

/** The client's own log would hold texts and tokens. */
function silentLogger(): webApi.Logger {
  const nothing = () => undefined
  return {
    debug: nothing,
    info: nothing,
    warn: nothing,
    error: nothing,
    setLevel: nothing,
    getLevel: () => webApi.LogLevel.ERROR,
    setName: nothing,
  }
}
