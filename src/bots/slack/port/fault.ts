import { webApi } from '@slack/bolt'
import { type ErrorKind, LoomError } from '../../../core/errors.ts'

/**
 * What Slack's refusal means to us. `place`: the conversation cannot be written to, whatever is sent; `doubtful`: it
 * may have been done all the same.
 */
export interface Fault {
  /** Slack's own word for it, or ours for what is none of its refusals. */
  code: string
  error: LoomError
  place: boolean
  doubtful: boolean
}

type Meaning = readonly [kind: ErrorKind, sentence: string, place?: 'place']

const tokenSentence = 'Slack no longer accepts the access that Loom was given. Install Loom anew.'
const scopeSentence =
  'Loom lacks a permission for that in this workspace. An admin can install it anew to grant it.'
const goneSentence = 'That message is no longer there.'
const placeSentence = 'Loom may not write in that conversation.'
const downSentence = 'Slack does not answer at the moment.'

const meanings: Record<string, Meaning> = {
  channel_not_found: [
    'forbidden',
    'Loom can no longer see that channel. Invite it there and ask again.',
    'place',
  ],
  not_in_channel: ['forbidden', 'Loom is not in that channel. Invite it there and ask again.', 'place'],
  is_archived: ['forbidden', 'That channel is archived, so nothing can be posted there.', 'place'],
  restricted_action: ['forbidden', placeSentence, 'place'],
  restricted_action_read_only_channel: ['forbidden', placeSentence, 'place'],
  restricted_action_thread_only_channel: ['forbidden', placeSentence, 'place'],
  restricted_action_non_threadable_channel: ['forbidden', placeSentence, 'place'],
  restricted_action_thread_locked: [
    'forbidden',
    'That thread is locked, so nothing can be posted there.',
    'place',
  ],
  cannot_reply_to_message: ['forbidden', 'That message takes no replies.', 'place'],
  thread_not_found: ['forbidden', 'The message that began the thread was deleted.', 'place'],
  invalid_thread_ts: ['forbidden', 'That is no thread of Slack.', 'place'],
  messages_tab_disabled: [
    'forbidden',
    'Direct messages with Loom are switched off in this workspace.',
    'place',
  ],
  user_not_in_channel: ['forbidden', 'That person is not in the channel.'],
  message_not_found: ['not_found', goneSentence],
  cant_update_message: ['not_found', goneSentence],
  edit_window_closed: ['not_found', goneSentence],
  file_not_found: ['not_found', 'That file is no longer there.'],
  file_deleted: ['not_found', 'That file is no longer there.'],
  token_revoked: ['forbidden', tokenSentence],
  token_expired: ['forbidden', tokenSentence],
  account_inactive: ['forbidden', tokenSentence],
  invalid_auth: ['forbidden', tokenSentence],
  not_authed: ['forbidden', tokenSentence],
  team_access_not_granted: ['forbidden', tokenSentence],
  missing_scope: ['forbidden', scopeSentence],
  no_permission: ['forbidden', scopeSentence],
  access_denied: ['forbidden', scopeSentence],
  msg_blocks_too_long: ['too_large', 'That message is too long for Slack.'],
  msg_too_long: ['too_large', 'That message is too long for Slack.'],
  file_upload_size_restricted: ['too_large', 'That file is too large for Slack.'],
  internal_error: ['unavailable', downSentence],
  fatal_error: ['unavailable', downSentence],
  service_unavailable: ['unavailable', downSentence],
  request_timeout: ['unavailable', downSentence],
  team_added_to_org: ['unavailable', downSentence],
}

/** With these Slack no longer knows the token. */
const tokenFaults = new Set([
  'token_revoked',
  'token_expired',
  'account_inactive',
  'invalid_auth',
  'not_authed',
])

export function isTokenFault({ code }: Fault): boolean {
  return tokenFaults.has(code)
}

/** Whether the blocks were refused, so that the same words may go as text. */
export function isBlocksFault({ code }: Fault): boolean {
  return ['msg_blocks_too_long', 'invalid_blocks', 'invalid_blocks_format', 'invalid_arguments'].includes(
    code,
  )
}

/** Whatever the client threw when it called a method, as what it means. */
export function faultOf(method: string, thrown: unknown): Fault {
  if (thrown instanceof webApi.WebAPIRateLimitedError)
    return rateLimited(method, thrown.retryAfter * 1000, thrown)
  if (thrown instanceof webApi.WebAPIPlatformError) return platformFault(method, thrown)
  if (thrown instanceof webApi.WebAPIHTTPError) return httpFault(method, thrown.statusCode, thrown)
  if (thrown instanceof webApi.WebAPIRequestError)
    return made(
      { method, code: 'no_reply', doubtful: true, kind: 'unavailable', message: downSentence },
      thrown,
    )
  // The client says so of a 429 without a time.
  if (thrown instanceof Error && thrown.message.startsWith('Retry header'))
    return rateLimited(method, 30_000, thrown)
  return made({ method, code: 'unknown', doubtful: true, kind: 'unavailable', message: downSentence }, thrown)
}

export function rateLimited(method: string, retryAfterMs: number, cause?: unknown): Fault {
  const error = new LoomError({
    kind: 'rate_limited',
    message: 'Slack asks Loom to wait.',
    detail: `${method}: ratelimited`,
    retryAfterMs,
    cause,
  })
  return { code: 'ratelimited', error, place: false, doubtful: false }
}

/** For what is no call of the client, such as sending bytes. */
export function httpFault(method: string, status: number, cause?: unknown): Fault {
  if (status === 429) return rateLimited(method, 30_000, cause)
  const isDown = status >= 500 || status === 408
  const code = `http_${status}`
  if (isDown) return made({ method, code, doubtful: true, kind: 'unavailable', message: downSentence }, cause)
  return made({ method, code, kind: 'refused', message: 'Slack refused that.' }, cause)
}

function platformFault(method: string, thrown: webApi.WebAPIPlatformError): Fault {
  const code = thrown.data.error
  if (code === 'ratelimited') return rateLimited(method, 30_000, thrown)
  const [kind, message, place] = meanings[code] ?? ['refused', 'Slack refused that.']
  const needed = 'needed' in thrown.data && code === 'missing_scope' ? ` (${String(thrown.data.needed)})` : ''
  return made({ method, code, place: place !== undefined, kind, message, needed }, thrown)
}

function made(
  input: {
    method: string
    code: string
    kind: ErrorKind
    message: string
    place?: boolean
    doubtful?: boolean
    needed?: string
  },
  cause: unknown,
): Fault {
  const { code, kind, message, method } = input
  const detail = `${method}: ${code.replace(/[^\w]/gu, '').slice(0, 60)}${input.needed ?? ''}`
  return {
    code,
    error: new LoomError({ kind, message, detail, cause }),
    place: input.place ?? false,
    doubtful: input.doubtful ?? false,
  }
}
