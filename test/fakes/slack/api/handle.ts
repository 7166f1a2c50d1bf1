import type { World } from '../world.ts'
import { agents } from './agents.ts'
import { auth } from './auth.ts'
import { chat } from './chat.ts'
import { conversations } from './conversations.ts'
import type { Fault } from './faults.ts'
import { files } from './files.ts'
import { startLimits } from './limits.ts'
import { type Call, type Method, needScope, Refusal } from './method.ts'
import { openid } from './openid.ts'
import { people } from './people.ts'
import { teamsOf } from './places.ts'
import { streams } from './streams.ts'
import { views } from './views.ts'

/** A call as it came in, and what came of it. Tokens and secrets are left out. */
export interface ApiCall {
  method: string
  args: Record<string, unknown>
  teamId: string | undefined
  /** `ok`, Slack's error, or what a fault did. */
  outcome: string
  atMs: number
}

export interface ApiAnswer {
  status: number
  headers: Record<string, string>
  body: Record<string, unknown>
}

export interface ApiOptions {
  limits: boolean
  /** As an app gets it that is sold outside Slack's marketplace: a call a minute, fifteen messages. */
  limitedHistory: boolean
}

export function startApi(world: World, options: ApiOptions) {
  const known = [
    ...auth,
    ...chat,
    ...streams,
    ...conversations({ mostPerPage: options.limitedHistory ? 15 : 1000 }),
    ...files,
    ...people,
    ...openid,
    ...views,
    ...agents,
  ]
  const methods = new Map(known.map((each) => [each.name, each]))
  const limit = startLimits(world.clock, options)

  /** Runs a call as Slack would; what a fault says about the answer is the server's to do. */
  return async function call(
    name: string,
    input: { given: Record<string, unknown>; token: string | undefined; fault: Fault | undefined },
  ): Promise<ApiAnswer> {
    const { fault, token } = input
    if (fault && 'status' in fault) return failed(fault)
    try {
      if (fault && 'error' in fault) throw new Refusal(fault.error, fault.fields)
      const found = methods.get(name)
      if (!found) throw new Refusal('unknown_method', { req_method: name })
      return await run(found, { ...input, token })
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      if (error.message === 'ratelimited') return tooMany(Number(error.fields.after))
      return answer({ ok: false, error: error.message, ...error.fields })
    }
  }

  async function run(found: Method, input: { given: Record<string, unknown>; token: string | undefined }) {
    // Bolt's clients name the workspace in every call; it decides only where a token is good for several.
    const { team_id: teamId, ...given } = input.given
    const context = contextOf(world, found, input.token, teamId)
    const after = options.limits
      ? limit(found, { teamId: context.team.id, channel: given.channel })
      : undefined
    if (after !== undefined) throw new Refusal('ratelimited', { after })
    for (const scope of found.scopes) needScope(context.install, scope)
    const body = await found.run(context, given)
    const [warning] = context.warnings
    return answer(
      {
        ok: true,
        ...body,
        ...(warning ? { warning, response_metadata: { warnings: context.warnings } } : {}),
      },
      { 'x-oauth-scopes': context.install.scopes.join(',') },
    )
  }
}

const answer = (body: Record<string, unknown>, headers: Record<string, string> = {}): ApiAnswer => ({
  status: 200,
  headers,
  body,
})

function failed(fault: { status: number; retryAfterS?: number }): ApiAnswer {
  if (fault.status === 429) return tooMany(fault.retryAfterS ?? 1)
  return { status: fault.status, headers: {}, body: { ok: false, error: 'service_unavailable' } }
}

const tooMany = (seconds: number): ApiAnswer => ({
  status: 429,
  headers: { 'retry-after': String(seconds) },
  body: { ok: false, error: 'ratelimited' },
})

/** Whose token it is. Methods of the app itself have their own, or none. */
function contextOf(world: World, found: Method, token: string | undefined, teamId: unknown): Call {
  if (found.auth !== 'bot') {
    if (found.auth === 'app' && token === undefined) throw new Refusal('not_authed')
    if (found.auth === 'app' && token !== world.app.appToken) {
      throw new Refusal(token?.startsWith('xapp-') ? 'invalid_auth' : 'not_allowed_token_type')
    }
    return { world, install: nobody, team: noTeam, token, warnings: [] }
  }
  if (token === undefined || token === '') throw new Refusal('not_authed')
  if (token.startsWith('xapp-')) throw new Refusal('not_allowed_token_type')
  const install = world.installs.get(token)
  if (!install) throw new Refusal('invalid_auth')
  if (install.state !== 'live') throw new Refusal(install.state)
  const teams = teamsOf(world, install)
  const team = teams.find((each) => each.id === teamId) ?? teams[0]
  if (!team) throw new Refusal('invalid_auth')
  if (teamId !== undefined && team.id !== teamId) throw new Refusal('team_not_found')
  return { world, install, team, token, warnings: [] }
}

const nobody: Call['install'] = {
  teamId: '',
  botToken: '',
  botUserId: '',
  botId: '',
  appId: '',
  scopes: [],
  installerId: '',
  state: 'live',
}
const noTeam: Call['team'] = {
  id: '',
  name: '',
  domain: '',
  users: new Map(),
  channels: new Map(),
  files: new Map(),
  ephemerals: [],
  homes: new Map(),
  modals: new Map(),
  sessions: [],
}
