import { DiscordAPIError, HTTPError, RateLimitError } from 'discord.js'
import { type ErrorKind, LoomError } from '../../core/errors.ts'

/** What Discord's refusal means to us. */
export interface DiscordFault {
  /** Discord's own number for it, or our word for what is none of its refusals. */
  code: number | string
  error: LoomError
  /** The channel or thread cannot be written to, whatever is sent. */
  place: boolean
  /** It may have been done all the same. */
  doubtful: boolean
}

type Meaning = readonly [kind: ErrorKind, sentence: string, place?: 'place']

const goneSentence = 'That message is no longer there.'
const lateSentence = 'That took Loom too long. Please do it once more.'
const downSentence = 'Discord does not answer at the moment.'
const tokenSentence = 'Discord no longer accepts the access that Loom was given.'
const threadLimitSentence =
  'That server has as many active threads as Discord allows. Archive some and ask again.'
const messageSentence = 'Discord does not let Loom write to that person.'

const meanings: Record<number, Meaning> = {
  10003: ['forbidden', 'That channel or thread was deleted.', 'place'],
  10004: ['forbidden', 'Loom is no longer in that server.', 'place'],
  50001: ['forbidden', 'Loom can no longer see that channel. Let it in there and ask again.', 'place'],
  50013: [
    'forbidden',
    'Loom lacks a permission in that channel: it needs to see it, and to write there and in its threads.',
    'place',
  ],
  50008: ['forbidden', 'Nothing can be posted in that kind of channel.', 'place'],
  50024: ['forbidden', 'That cannot be done in that kind of channel.', 'place'],
  50083: ['forbidden', 'That thread is archived and locked, so nothing can be posted there.', 'place'],
  160005: ['forbidden', 'That thread is locked, so nothing can be posted there.', 'place'],
  160006: ['forbidden', threadLimitSentence, 'place'],
  160007: ['forbidden', threadLimitSentence, 'place'],
  160002: ['forbidden', 'Loom may not read the messages of that channel, so it cannot reply there.', 'place'],
  50007: ['forbidden', messageSentence, 'place'],
  50278: ['forbidden', messageSentence, 'place'],
  160004: ['conflict', 'That message has a thread already.'],
  10008: ['not_found', goneSentence],
  50005: ['not_found', goneSentence],
  10015: ['not_found', lateSentence],
  10062: ['not_found', lateSentence],
  50027: ['not_found', lateSentence],
  40060: ['conflict', 'That was answered already.'],
  40005: ['too_large', 'That is too large for Discord.'],
  200000: ['refused', 'A rule of that server does not let this message through.', 'place'],
  240000: ['refused', 'Discord takes a link in this message for harmful.'],
  40333: ['unavailable', downSentence],
}

/** What was true of a call, without ids, tokens or content. */
export interface Called {
  method: string
  route: string
}

/** Whatever the client threw, as what it means. Its errors hold addresses and bodies, so none of them is kept. */
export function faultOf(called: Called, thrown: unknown): DiscordFault {
  if (thrown instanceof RateLimitError)
    return rateLimited(called, Math.max(thrown.retryAfter, thrown.sublimitTimeout) || 30_000)
  if (thrown instanceof DiscordAPIError) return refusal(called, thrown)
  if (thrown instanceof HTTPError) return down(called, `http_${thrown.status}`, true)
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : ''
  const neverSent = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT'].includes(code)
  return down(called, code || 'no_reply', !neverSent)
}

export function rateLimited(called: Called, retryAfterMs: number): DiscordFault {
  const error = new LoomError({
    kind: 'rate_limited',
    message: 'Discord asks Loom to wait.',
    detail: `${wordsOf(called)}: rate limited`,
    retryAfterMs: Math.ceil(retryAfterMs),
  })
  return { code: 'rate_limited', error, place: false, doubtful: false }
}

/** With this Discord no longer knows the token. */
export function tokenRefused(called: Called): DiscordFault {
  const detail = `${wordsOf(called)}: token refused`
  const error = new LoomError({ kind: 'forbidden', message: tokenSentence, detail })
  return { code: 401, error, place: false, doubtful: false }
}

function down(called: Called, code: string, doubtful: boolean): DiscordFault {
  const detail = `${wordsOf(called)}: ${code.replace(/\W/gu, '').slice(0, 60)}`
  const error = new LoomError({ kind: 'unavailable', message: downSentence, detail })
  return { code, error, place: false, doubtful }
}

function refusal(called: Called, thrown: DiscordAPIError): DiscordFault {
  const { code, status } = thrown
  if (status === 401 && code !== 50_027) return tokenRefused(called)
  // Edits of a message that is older than an hour; Discord does not say for how long.
  if (code === 30_046) return rateLimited(called, 60_000)
  const known = typeof code === 'number' ? meanings[code] : undefined
  const [kind, message, place] = known ?? byStatus(status)
  const fields = 'errors' in thrown.rawError ? fieldsOf(thrown.rawError.errors) : ''
  const error = new LoomError({
    kind,
    message,
    detail: `${wordsOf(called)}: ${status} ${String(code).replace(/\W/gu, '').slice(0, 20)}${fields}`,
    retryable: kind === 'unavailable',
  })
  return { code, error, place: place !== undefined, doubtful: false }
}

function byStatus(status: number): Meaning {
  if (status === 413) return ['too_large', 'That is too large for Discord.']
  if (status === 408) return ['unavailable', downSentence]
  return ['refused', 'Discord refused that.']
}

/** Which fields of a body were refused and why, by their names and Discord's words for rules; never what they held. */
function fieldsOf(errors: unknown, path = ''): string {
  if (typeof errors !== 'object' || errors === null) return ''
  return Object.entries(errors)
    .flatMap(([name, inner]): string[] => {
      if (name !== '_errors' || !Array.isArray(inner)) return [fieldsOf(inner, `${path}.${name}`)]
      return inner.map((each: { code?: unknown }) => ` ${path.slice(1)} ${String(each.code)}`)
    })
    .join('')
    .slice(0, 300)
}

function wordsOf({ method, route }: Called): string {
  const pattern = route
    .replace(/\/(interactions|webhooks)\/(\d+)\/[^/?]+/u, '/$1/$2/:token')
    .replaceAll(/\d{15,}/gu, ':id')
  return `${method} ${pattern}`
}
