import { createHmac } from 'node:crypto'
import type { World } from '../world.ts'

export type Front = 'events' | 'interactivity' | 'commands'

/** What an app answered; a status of 0 means that nothing came in time. */
export interface Reply {
  status: number
  body: string
  headers: Headers | undefined
}

export interface Sent {
  front: Front
  payload: Record<string, unknown>
  retry?: { num: number; reason: string }
}

export interface Addresses {
  events: string
  interactivity?: string
  commands?: string
}

/** A payload on the wire: events as JSON, interactions and commands as a form. */
export function bodyFor({ front, payload }: Sent): { body: string; kind: string } {
  if (front === 'events') return { body: JSON.stringify(payload), kind: 'application/json' }
  const form =
    front === 'commands' ? (payload as Record<string, string>) : { payload: JSON.stringify(payload) }
  return { body: new URLSearchParams(form).toString(), kind: 'application/x-www-form-urlencoded' }
}

/** Slack's signature of a raw body. */
export function sign(secret: string, atS: number, body: string): string {
  return `v0=${createHmac('sha256', secret).update(`v0:${atS}:${body}`).digest('hex')}`
}

/** One try, signed, by the machine's own clock: the receiver compares it with its own. */
export async function sendByHttp(
  world: World,
  addresses: Addresses,
  sent: Sent,
  options: { ackWithinMs: number; secret?: string },
): Promise<Reply> {
  const url = addresses[sent.front] ?? addresses.events
  const { body, kind } = bodyFor(sent)
  const atS = Math.floor(Date.now() / 1000)
  try {
    const response = await fetch(url, {
      method: 'POST',
      body,
      headers: {
        'content-type': kind,
        'user-agent': 'Slackbot 1.0 (+https://api.slack.com/robots)',
        'x-slack-request-timestamp': String(atS),
        'x-slack-signature': sign(options.secret ?? world.app.signingSecret, atS, body),
        ...(sent.retry
          ? { 'x-slack-retry-num': String(sent.retry.num), 'x-slack-retry-reason': sent.retry.reason }
          : {}),
      },
      signal: AbortSignal.timeout(options.ackWithinMs),
    })
    return { status: response.status, body: await response.text(), headers: response.headers }
  } catch {
    return { status: 0, body: '', headers: undefined }
  }
}
