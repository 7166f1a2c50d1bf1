import type { Upload } from '../check/files.ts'
import type { Grant, World } from '../world.ts'
import type { Fault } from './faults.ts'
import { type LimitOptions, startLimits } from './limits.ts'
import { Refusal, refused } from './refusal.ts'
import { Answer, type Call, type Route } from './route.ts'

/** A call as it came in, and what came of it. Tokens and secrets are left out. */
export interface ApiCall {
  /** As in `POST /channels/:channel/messages`. */
  route: string
  params: Record<string, string>
  query: Record<string, string>
  body: unknown
  files: string[]
  status: number
  /** Discord's code of a refusal. */
  code: number | undefined
  /** What a fault did. */
  fault: string | undefined
  atMs: number
}

export interface Asked {
  method: string
  /** Without `/api/v10`. */
  path: string
  query: URLSearchParams
  authorization: string | undefined
  body: () => Promise<{ body: unknown; files: Upload[] }>
}

export interface Answered {
  status: number
  headers: Record<string, string>
  body: unknown
  fault: Fault | undefined
}

const secret = new Set(['client_secret', 'code', 'refresh_token', 'token'])

export function startApi(
  world: World,
  options: {
    routes: readonly Route[]
    limits: LimitOptions | undefined
    take: (route: string) => Fault | undefined
    calls: ApiCall[]
  },
) {
  const { calls, routes, take } = options
  const known = routes.map((each) => ({ each, pattern: patternOf(each.path) }))
  const limit = startLimits(world.clock, options.limits)

  return async function call(asked: Asked): Promise<Answered> {
    const fits = known.flatMap(({ each, pattern }) => {
      const match = pattern.exec(asked.path)
      return match ? [{ each, params: decoded(match.groups ?? {}) }] : []
    })
    const found = fits.find(({ each }) => each.method === asked.method)
    const name = found ? `${found.each.method} ${found.each.path}` : `${asked.method} ${asked.path}`
    const fault = take(name)
    const log: ApiCall = {
      route: name,
      params: without(found?.params ?? {}),
      query: Object.fromEntries(asked.query),
      body: undefined,
      files: [],
      status: 0,
      code: undefined,
      fault: fault && Object.keys(fault)[0],
      atMs: world.clock.now(),
    }
    calls.push(log)
    const run = () => {
      if (fault && 'status' in fault) return failed(fault)
      if (fault && ('hang' in fault || 'dropCall' in fault)) return nothing
      if (!found) throw refused(fits.length > 0 ? 'methodNotAllowed' : 'notFound')
      return perform({ world, limit, log }, { route: found.each, params: found.params, asked })
    }
    const answered = await orRefusal(run)
    log.status = answered.status
    log.code = (answered.body as { code?: number } | undefined)?.code
    world.changed()
    return { ...answered, fault }
  }
}

type Said = Omit<Answered, 'fault'>

const nothing: Said = { status: 0, headers: {}, body: undefined }

async function orRefusal(
  run: () => Said | Promise<Said>,
  headers: Record<string, string> = {},
): Promise<Said> {
  try {
    return await run()
  } catch (error) {
    if (error instanceof Refusal) return { ...refusal(error), headers }
    throw error
  }
}

/** Asks who calls, whether it is not too often, and then does it. */
async function perform(
  deps: { world: World; limit: ReturnType<typeof startLimits>; log: ApiCall },
  call: { route: Route; params: Record<string, string>; asked: Asked },
): Promise<Said> {
  const { limit, log, world } = deps
  const { asked, params, route } = call
  const { basic, grant } = whoAsks(world, route, asked.authorization)
  const limited = limit(route, params)
  if (limited.retryAfterS !== undefined) return tooMany(limited.retryAfterS, limited)
  const { body, files } = await asked.body()
  log.body = typeof body === 'object' && body !== null ? without(body) : body
  log.files = files.map((file) => file.name)
  const about: Call = { world, params, query: asked.query, body, files, grant, basic }
  const run = async () => {
    const result = await route.run(about)
    if (result instanceof Answer)
      return { status: result.status, headers: limited.headers, body: result.body }
    return { status: result === undefined ? 204 : 200, headers: limited.headers, body: result }
  }
  return orRefusal(run, limited.headers)
}

function patternOf(path: string): RegExp {
  const source = path
    .split('/')
    .map((part) => (part.startsWith(':') ? `(?<${part.slice(1)}>[^/]+)` : part.replaceAll(/[@.]/g, '\\$&')))
    .join('/')
  return new RegExp(`^${source}$`)
}

function decoded(params: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, decodeURIComponent(value)]))
}

function without(given: object): Record<string, string> {
  return Object.fromEntries(Object.entries(given).filter(([name]) => !secret.has(name)))
}

const refusal = (error: Refusal) => ({
  status: error.status,
  headers: {},
  body:
    'error' in error.fields ? error.fields : { message: error.message, code: error.code, ...error.fields },
})

function failed(fault: {
  status: number
  code?: number
  message?: string
  retryAfterS?: number
  global?: boolean
}) {
  if (fault.status === 429) {
    const global = fault.global === true
    const headers: Record<string, string> = global
      ? { 'x-ratelimit-global': 'true', 'x-ratelimit-scope': 'global' }
      : { 'x-ratelimit-scope': 'user' }
    return tooMany(fault.retryAfterS ?? 1, { headers, global })
  }
  const message = fault.message ?? `${fault.status}: Fault`
  return { status: fault.status, headers: {}, body: { message, code: fault.code ?? 0 } }
}

function tooMany(seconds: number, about: { headers: Record<string, string>; global: boolean }) {
  return {
    status: 429,
    // Discord says whole seconds here; the client reads fractions too, and they keep tests fast.
    headers: { ...about.headers, 'retry-after': seconds.toFixed(3) },
    body: { message: 'You are being rate limited.', retry_after: seconds, global: about.global },
  }
}

function whoAsks(
  world: World,
  route: Route,
  header: string | undefined,
): { grant: Grant | undefined; basic: Call['basic'] } {
  const [kind = '', token = ''] = (header ?? '').split(' ')
  if (route.auth === 'none') {
    if (kind !== 'Basic') return { grant: undefined, basic: undefined }
    const [id = '', secretPart = ''] = Buffer.from(token, 'base64').toString().split(':')
    return { grant: undefined, basic: { id, secret: secretPart } }
  }
  if (kind === 'Bot' && token === world.app.token && route.auth !== 'bearer')
    return { grant: undefined, basic: undefined }
  const grant = kind === 'Bearer' ? world.bearers.get(token) : undefined
  const isGood = grant && grant.untilMs > world.clock.now() && route.auth !== 'bot'
  if (!isGood) throw refused('unauthorized')
  return { grant, basic: undefined }
}
