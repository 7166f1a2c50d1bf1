import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** What a fake provider does with one call, in the order of the script. */
export type Step<Reply> =
  | { reply: Reply }
  /** A reply that depends on what was asked. */
  | { answer: (body: Record<string, unknown>) => Reply }
  /** Byte by byte, so that characters and lines are torn apart. With `everyMs` slowly. */
  | { drip: Reply; bytes: number; everyMs?: number }
  | { status: number; type?: string; code?: string; message?: string; headers?: Record<string, string> }
  /** The connection breaks after so many events. */
  | { cut: Reply; afterEvents: number }
  /** Nothing more comes after so many events, and the connection stays. `-1`: not even the headers. */
  | { stall: Reply; afterEvents: number }
  /** The reply, once `until` resolves; `arrived` is told that the call is here. */
  | { hold: Reply; arrived: () => void; until: Promise<void> }
  /** What stands on the wire, as it is. */
  | { raw: string }

export interface ModelServer {
  /** With the loopback address, without a path. */
  origin: string
  requests: { body: Record<string, unknown>; headers: IncomingHttpHeaders }[]
  /** How many calls came when nothing of the limit was left. */
  limited: () => number
  /** How many connections the client left while a reply was under way. */
  left: () => number
  /** Resolves as soon as a reply has come to its stall. */
  stalled: Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

export interface Wire<Reply> {
  path: string
  /** The key of a call, however the provider takes it. */
  keyOf(headers: IncomingHttpHeaders): string | undefined
  /** Why the provider would refuse the call, with the status it would use. */
  refusal(
    body: Record<string, unknown>,
    headers: IncomingHttpHeaders,
  ): { status: number; why: string } | undefined
  /** The events of a reply, each as it stands on the wire. */
  events(reply: Reply, body: Record<string, unknown>): string[]
  error(fault: { type?: string; code?: string; message?: string }): unknown
  /** How the provider tells of its limit on requests. */
  limitHeaders?(said: { limit: number; left: number }): Record<string, string>
}

/**
 * A provider's server on loopback that plays a script, and lists `models` to whoever has the key. Closing it throws when a call came too many, when a step was
 * left over, or when other than `refusals` calls were refused: each means that the client is wrong.
 */
export async function startModelServer<Reply>(
  wire: Wire<Reply>,
  input: {
    script: readonly Step<Reply>[]
    refusals?: number | undefined
    apiKey?: string | undefined
    models?: readonly string[] | undefined
    /** Requests a minute, filled continuously, of which `left` are there at the start. */
    limit?: { requests: number; left: number } | undefined
  },
): Promise<ModelServer> {
  const bucket = input.limit && openBucket(input.limit)
  const script = [...input.script]
  const requests: ModelServer['requests'] = []
  const refused: string[] = []
  const stalled = Promise.withResolvers<void>()
  let tooMany = 0
  let left = 0
  let limited = 0

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const { body, text } = await bodyOf(request)
    const hasKey = wire.keyOf(request.headers) === (input.apiKey ?? 'test-key')
    if (request.method === 'GET' && input.models) {
      return sendListing(response, {
        wire,
        url: request.url ?? '',
        models: hasKey ? input.models : undefined,
      })
    }
    if (request.method !== 'POST' || request.url !== wire.path || !body) {
      refused.push(`${request.method} ${request.url} ${text.slice(0, 80)}`)
      return send(response, 404, wire.error({ type: 'not_found_error', message: 'no such path' }))
    }
    requests.push({ body, headers: request.headers })
    const refusal = hasKey ? wire.refusal(body, request.headers) : { status: 401, why: 'invalid key' }
    if (refusal) {
      refused.push(refusal.why)
      return send(
        response,
        refusal.status,
        wire.error({ type: 'invalid_request_error', message: refusal.why }),
      )
    }
    const admitted = admit(wire, bucket)
    const { headers } = admitted
    if (!admitted.fits) {
      limited += 1
      return refuseForNow(response, { wire, headers })
    }
    const step = script.shift()
    if (!step) {
      tooMany += 1
      return send(response, 500, wire.error({ type: 'api_error', message: 'the script has ended' }))
    }
    response.on('close', () => {
      if (!response.writableFinished) left += 1
    })
    await play(step, { wire, body, response, headers, stalled: stalled.resolve })
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((thrown: unknown) => {
      if (!response.destroyed) refused.push(`the fake failed: ${String(thrown)}`)
      response.destroy()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://127.0.0.1:${port}`,
    requests,
    left: () => left,
    limited: () => limited,
    stalled: stalled.promise,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      const wrong = [
        tooMany > 0 ? `${tooMany} calls too many` : '',
        script.length > 0 ? `${script.length} steps left over` : '',
        refused.length !== (input.refusals ?? 0) ? `refused: ${refused.join('; ') || 'nothing'}` : '',
      ].filter((word) => word !== '')
      if (wrong.length > 0) throw new Error(`The fake provider: ${wrong.join(', ')}.`)
    },
  }
}

function admit<Reply>(wire: Wire<Reply>, bucket: ReturnType<typeof openBucket> | undefined) {
  const fits = bucket?.take() ?? true
  return { fits, headers: bucket && wire.limitHeaders?.(bucket.said()) }
}

function refuseForNow<Reply>(
  response: ServerResponse,
  { headers, wire }: { wire: Wire<Reply>; headers: Record<string, string> | undefined },
): void {
  const fault = { type: 'rate_limit_error', code: 'rate_limit_exceeded', message: 'too many requests' }
  send(response, 429, wire.error(fault), { ...headers, 'retry-after': '1' })
}

/** The provider's own count of what is left. */
function openBucket(limit: { requests: number; left: number }) {
  let { left } = limit
  let atMs = performance.now()
  return {
    take(): boolean {
      const nowMs = performance.now()
      left = Math.min(limit.requests, left + ((nowMs - atMs) * limit.requests) / 60_000)
      atMs = nowMs
      if (left < 1) return false
      left -= 1
      return true
    },
    said: () => ({ limit: limit.requests, left: Math.floor(left) }),
  }
}

/** As OpenAI tells of its limits, and those that are like it. */
export function openAiLimitHeaders({ left, limit }: { limit: number; left: number }): Record<string, string> {
  return {
    'x-ratelimit-limit-requests': String(limit),
    'x-ratelimit-remaining-requests': String(left),
    'x-ratelimit-reset-requests': `${Math.round(((limit - left) * 60_000) / limit)}ms`,
  }
}

export function bearerOf({ authorization }: IncomingHttpHeaders): string | undefined {
  return authorization?.startsWith('Bearer ') ? authorization.slice(7) : undefined
}

/** Without `models` the key was wrong. */
function sendListing<Reply>(
  response: ServerResponse,
  input: { wire: Wire<Reply>; url: string; models: readonly string[] | undefined },
): void {
  const { models, url, wire } = input
  const listed = models && listing(url, models)
  const refused = models
    ? { type: 'not_found_error', message: 'no such model' }
    : { type: 'authentication_error', message: 'invalid key' }
  if (listed) send(response, 200, listed)
  else send(response, models ? 404 : 401, wire.error(refused))
}

/** `/v1/models` and one below it, as all providers have them. */
function listing(url: string, models: readonly string[]): unknown {
  const { pathname } = new URL(url, 'http://localhost')
  const shown = (id: string) => ({ id, object: 'model', type: 'model', created: 0 })
  if (pathname === '/v1/models') return { object: 'list', data: models.map(shown), has_more: false }
  const id = decodeURIComponent(pathname.slice('/v1/models/'.length))
  return models.includes(id) ? shown(id) : undefined
}

async function play<Reply>(
  step: Step<Reply>,
  to: {
    wire: Wire<Reply>
    body: Record<string, unknown>
    response: ServerResponse
    headers: Record<string, string> | undefined
    stalled: () => void
  },
): Promise<void> {
  const { body, headers, response, stalled, wire } = to
  if ('status' in step) return send(response, step.status, wire.error(step), step.headers)
  if ('stall' in step && step.afterEvents < 0) return stalled()
  if ('hold' in step) {
    step.arrived()
    await step.until
  }
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', ...headers })
  if ('raw' in step) return void response.end(step.raw)
  if ('answer' in step) return void response.end(wire.events(step.answer(body), body).join(''))
  if ('reply' in step) return void response.end(wire.events(step.reply, body).join(''))
  if ('hold' in step) return void response.end(wire.events(step.hold, body).join(''))
  if ('drip' in step) {
    const bytes = Buffer.from(wire.events(step.drip, body).join(''))
    for (let at = 0; at < bytes.length; at += step.bytes) {
      await new Promise<unknown>((resolve) => response.write(bytes.subarray(at, at + step.bytes), resolve))
      if (step.everyMs !== undefined) await sleep(step.everyMs)
    }
    return void response.end()
  }
  const reply = 'cut' in step ? step.cut : step.stall
  const sent = wire.events(reply, body).slice(0, step.afterEvents).join('')
  response.flushHeaders()
  if (sent !== '') await new Promise<unknown>((resolve) => response.write(sent, resolve))
  if ('cut' in step) response.destroy()
  else stalled()
}

async function bodyOf(
  request: IncomingMessage,
): Promise<{ body: Record<string, unknown> | undefined; text: string }> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const text = Buffer.concat(chunks).toString()
  try {
    return { body: JSON.parse(text) as Record<string, unknown>, text }
  } catch {
    return { body: undefined, text }
  }
}

function send(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}

/** One server-sent event. */
export function sse(type: string, fields: Record<string, unknown>): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`
}

/** A text in pieces, as models send it. */
export function pieces(text: string, size = 7): string[] {
  const chars = [...text]
  return Array.from({ length: Math.ceil(chars.length / size) }, (_, at) =>
    chars.slice(at * size, (at + 1) * size).join(''),
  )
}

/** Whether every string in a body is well-formed; providers cannot read a request with half a character in it. */
export function isWellFormedDeep(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed()
  if (typeof value !== 'object' || value === null) return true
  return Object.entries(value).every(([key, item]) => key.isWellFormed() && isWellFormedDeep(item))
}

/** Whether a call's arguments are what a provider takes back. */
export function isJsonObject(json: string): boolean {
  try {
    const value: unknown = JSON.parse(json)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch {
    return false
  }
}
