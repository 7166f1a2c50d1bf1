import { webApi } from '@slack/bolt'
import { LoomError } from '../../../core/errors.ts'

/** Codes after which the platform may answer later as if nothing had been. */
const passing = new Set([
  'internal_error',
  'fatal_error',
  'service_unavailable',
  'request_timeout',
  'team_added_to_org',
])
const barred = new Set([
  'invalid_auth',
  'not_authed',
  'account_inactive',
  'token_revoked',
  'token_expired',
  'access_denied',
  'org_login_required',
  'team_access_not_granted',
])
const unseen = new Set([
  'channel_not_found',
  'not_in_channel',
  'thread_not_found',
  'message_not_found',
  'user_not_found',
])

/** What Slack's API refused, in our words. `detail` is Slack's own code. */
export function fromSlack(thrown: unknown): LoomError {
  if (thrown instanceof LoomError) return thrown
  if (thrown instanceof webApi.WebAPIRateLimitedError) {
    return new LoomError({
      kind: 'rate_limited',
      message: 'Slack asks for patience. Trying again.',
      retryAfterMs: thrown.retryAfter * 1_000,
      cause: thrown,
    })
  }
  if (thrown instanceof webApi.WebAPIPlatformError) return refused(thrown)
  const detail = thrown instanceof webApi.WebAPIHTTPError ? `http ${thrown.statusCode}` : nameOf(thrown)
  return new LoomError({ kind: 'unavailable', message: 'Slack does not answer.', detail, cause: thrown })
}

/** Slack's code for a refusal, where it gave one. */
export function slackCode(thrown: unknown): string | undefined {
  return thrown instanceof webApi.WebAPIPlatformError ? thrown.data.error : undefined
}

function refused(cause: webApi.WebAPIPlatformError): LoomError {
  const detail = cause.data.error
  const is = (kind: 'unavailable' | 'forbidden' | 'not_found' | 'invalid_input', message: string) =>
    new LoomError({ kind, message, detail, cause })
  if (passing.has(detail)) return is('unavailable', 'Slack does not answer.')
  if (barred.has(detail)) return is('forbidden', 'Slack no longer lets Loom in. Install it again.')
  if (detail === 'missing_scope')
    return is('forbidden', 'Loom lacks a permission in Slack. Install it again.')
  if (unseen.has(detail)) return is('not_found', 'Loom cannot see that in Slack.')
  return is('invalid_input', 'Slack refused that.')
}

function nameOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.name : typeof thrown
}
