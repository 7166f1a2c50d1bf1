import { type RawFile, REST, type RESTOptions, RequestMethod } from 'discord.js'
import type { Clock, Log } from '../../core/ports.ts'
import { type Called, type DiscordFault, faultOf, rateLimited, tokenRefused } from './rest-fault.ts'

export type { DiscordFault } from './rest-fault.ts'

export interface DiscordCall {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below the version, as `Routes` of discord.js makes it: `/channels/1/messages`. */
  route: `/${string}`
  body?: unknown
  query?: Record<string, string>
  files?: RawFile[]
  /** False for what an interaction's own token allows. */
  auth?: boolean
}

export type Outcome = { ok: true; result: unknown } | { ok: false; fault: DiscordFault }

export interface DiscordRest {
  /** Calls a route once; what Discord does not take comes back as what it means. Never throws. */
  attempt(call: DiscordCall): Promise<Outcome>
  /** The same, for what must go well: throws the fault's `LoomError`. What it answers is from outside: parse it. */
  call(call: DiscordCall): Promise<unknown>
}

/** What a limit of Discord may make a call wait; whatever is longer is handed on. */
const mostWaitMs = 5_000
const patienceMs = { plain: 20_000, files: 90_000 }
/** How long a refused token is not tried again: ten thousand refusals in ten minutes ban the address. */
const tokenRestMs = 60_000

/**
 * Discord's REST API as one bot. Calls stand in line by the limits that Discord states and are never repeated after a
 * failure: what passes is for whoever keeps the delivery. Errors and logs hold neither tokens, ids nor content.
 */
export function createDiscordRest(deps: {
  token: string
  /** Without the version: `https://discord.com/api`. */
  apiUrl: string
  log: Log
  now: Clock
}): DiscordRest {
  const rest = createClient(deps, {})
  // What an interaction's own token allows does not count towards the bot's fifty calls a second, nor wait for them.
  const tokenless = createClient(deps, { globalRequestsPerSecond: Number.POSITIVE_INFINITY })
  /** Until when a route rests whose limit the client does not remember by itself. */
  const resting = new Map<string, number>()
  let tokenRestsUntil = 0

  const send = (call: DiscordCall) => {
    const { auth = true, body, files, method, query, route } = call
    // The client forgets a token that was refused once; when to try it again is ours to say.
    const client = auth ? rest.setToken(deps.token) : tokenless
    return client.request({
      method: RequestMethod[titled[method]],
      fullRoute: route,
      auth,
      signal: AbortSignal.timeout(files ? patienceMs.files : patienceMs.plain),
      ...(body === undefined ? {} : { body }),
      ...(files ? { files } : {}),
      ...(query ? { query: new URLSearchParams(query) } : {}),
    })
  }

  const refusedBefore = (call: DiscordCall): DiscordFault | undefined => {
    const now = deps.now()
    if (call.auth !== false && tokenRestsUntil > now) return tokenRefused(call)
    const waitMs = (resting.get(bucketOf(call)) ?? 0) - now
    return waitMs > 0 ? rateLimited(call, waitMs) : undefined
  }

  const remember = (call: DiscordCall, { code, error }: DiscordFault) => {
    if (code === 401 && call.auth !== false) tokenRestsUntil = deps.now() + tokenRestMs
    if (error.retryAfterMs === undefined) return
    resting.set(bucketOf(call), deps.now() + error.retryAfterMs)
    if (resting.size > 5_000) for (const [key, until] of resting) if (until <= deps.now()) resting.delete(key)
  }

  const attempt: DiscordRest['attempt'] = async (call) => {
    const before = refusedBefore(call)
    if (before) return { ok: false, fault: before }
    try {
      return { ok: true, result: await send(call) }
    } catch (thrown) {
      const fault = faultOf(call, thrown)
      remember(call, fault)
      deps.log.debug({ code: fault.code, detail: fault.error.detail }, 'Discord did not take a call')
      return { ok: false, fault }
    }
  }

  return {
    attempt,
    async call(call) {
      const outcome = await attempt(call)
      if (!outcome.ok) throw outcome.fault.error
      return outcome.result
    },
  }
}

function createClient(
  { apiUrl, log }: { apiUrl: string; log: Log },
  limits: Pick<Partial<RESTOptions>, 'globalRequestsPerSecond'>,
): REST {
  const rest = new REST({
    version: '10',
    api: apiUrl.replace(/\/+$/u, ''),
    retries: 0,
    timeout: patienceMs.files,
    rejectOnRateLimit: ({ retryAfter, sublimitTimeout, timeToReset }) =>
      retryAfter <= 0 || Math.max(retryAfter, sublimitTimeout, timeToReset) > mostWaitMs,
    invalidRequestWarningInterval: 1_000,
    ...limits,
  })
  rest.on('invalidRequestWarning', ({ count }) =>
    log.warn({ count }, 'Discord refuses many calls and may ban this address'),
  )
  return rest
}

const titled = { GET: 'Get', POST: 'Post', PUT: 'Put', PATCH: 'Patch', DELETE: 'Delete' } as const

/** Calls that Discord counts together: the method, the channel or server, and the kind of thing below it. */
function bucketOf({ method, route }: Called): string {
  const [, kind, id, ...rest] = route.split('/')
  return [method, kind, id, ...rest.map((part) => (/^\d{15,}$/u.test(part) ? ':id' : part))].join('/')
}
