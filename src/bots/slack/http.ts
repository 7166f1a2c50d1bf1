import type { App, Receiver } from '@slack/bolt'
import { toLoomError } from '../../core/errors.ts'
import type { Clock, Log } from '../../core/ports.ts'
import { readBody } from '../request-body.ts'
import { isChatter } from './chatter.ts'
import { type Loose, recordOf, wordOf } from './read/loose.ts'
import { isSigned, signingKeyOf } from './signature.ts'

/** Slack sends no more than a fraction of this. */
const mostBytes = 4_000_000
/** Slack waits three seconds; what takes longer is sent again. */
const answerMs = 2_800

export interface SlackHttp {
  receiver: Receiver
  /** Answers `/slack/events`, `/slack/interactions` and `/slack/commands`: what it is stands in the signed body. */
  handle(request: Request): Promise<Response>
}

/**
 * Takes what Slack sends over HTTP: checks signature and age on the raw body, drops chatter, and hands the rest to Bolt.
 * An event is answered when its listener is through, so that it is durable by then; `503` where that failed, so that
 * Slack sends it again. Interactions and commands are answered when their listener acknowledges them. `stop` takes no
 * more and waits for what is under way.
 */
export function createSlackHttp(deps: { signingSecret: string; now: Clock; log: Log }): SlackHttp {
  const signing = { key: signingKeyOf(deps.signingSecret), now: deps.now }
  let app: App | undefined
  let isOpen = true
  const underWay = new Set<Promise<unknown>>()

  const dispatch = (bolt: App, body: Loose, request: Request): Promise<Response> => {
    const answered = Promise.withResolvers<Response>()
    const isEvent = body.type === 'event_callback'
    let held = empty(200)
    const ack = async (answer?: unknown): Promise<void> => {
      if (isEvent) held = answerOf(answer)
      else answered.resolve(answerOf(answer))
    }
    const late = setTimeout(() => answered.resolve(empty(503)), answerMs)
    const work = bolt
      .processEvent({ body, ack, ...retryOf(request) })
      .then(
        () => answered.resolve(held),
        (thrown) => {
          const { detail, kind } = toLoomError(thrown)
          deps.log.warn({ kind, detail, type: typeOf(body) }, 'a request of Slack could not be taken')
          answered.resolve(empty(503))
        },
      )
      .finally(() => {
        clearTimeout(late)
        underWay.delete(work)
      })
    underWay.add(work)
    return answered.promise
  }

  return {
    async handle(request) {
      if (!app || !isOpen) return empty(503)
      const raw = await readBody(request, mostBytes)
      if (raw === undefined) return empty(413)
      if (!isSigned(signing, { body: raw, headers: request.headers })) return empty(401)
      const body = parseBody(raw, request.headers.get('content-type') ?? '')
      if (!body) return empty(400)
      if (body.ssl_check !== undefined) return empty(200)
      if (body.type === 'url_verification') return Response.json({ challenge: wordOf(body.challenge) ?? '' })
      return isChatter(body) ? empty(200) : dispatch(app, body, request)
    },
    receiver: {
      init(bolt) {
        app = bolt
      },
      start: async () => undefined,
      async stop() {
        isOpen = false
        await Promise.allSettled(underWay)
      },
    },
  }
}

/** Events come as JSON, commands as a form, everything else as JSON in a form's `payload`. */
function parseBody(raw: string, contentType: string): Loose | undefined {
  try {
    if (!contentType.startsWith('application/x-www-form-urlencoded')) return objectIn(raw)
    const form = new URLSearchParams(raw)
    const payload = form.get('payload')
    return payload === null ? Object.fromEntries(form) : objectIn(payload)
  } catch {
    return undefined
  }
}

function objectIn(json: string): Loose | undefined {
  const value: unknown = JSON.parse(json)
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Loose) : undefined
}

function retryOf({ headers }: Request): { retryNum?: number; retryReason?: string } {
  const retryNum = Number(headers.get('x-slack-retry-num'))
  const retryReason = headers.get('x-slack-retry-reason')
  return { ...(retryNum > 0 ? { retryNum } : {}), ...(retryReason ? { retryReason } : {}) }
}

function typeOf(body: Loose): string {
  return wordOf(recordOf(body.event).type) ?? wordOf(body.type) ?? (body.command ? 'command' : 'unknown')
}

function answerOf(answer: unknown): Response {
  if (answer === undefined || answer === '') return empty(200)
  return typeof answer === 'string' ? new Response(answer) : Response.json(answer)
}

function empty(status: number): Response {
  return new Response(null, { status })
}
