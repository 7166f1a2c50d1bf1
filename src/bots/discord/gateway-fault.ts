import { DiscordAPIError, GatewayCloseCodes } from 'discord.js'
import { LoomError } from '../../core/errors.ts'
import { tokenRefused } from './self.ts'

/** What the end of a session means: it goes on by itself, without the content of messages, anew, or not at all. */
export type CloseMeaning = 'passing' | 'content_refused' | 'anew' | 'final'

/** By the Gateway's close code, or by what the library throws where the first session did not come about. */
export function meaningOf(cause: unknown): CloseMeaning {
  const code = typeof cause === 'number' ? cause : codes.get(cause instanceof Error ? cause.message : '')
  switch (code) {
    case GatewayCloseCodes.DisallowedIntents:
      return 'content_refused'
    case GatewayCloseCodes.ShardingRequired:
    case GatewayCloseCodes.InvalidShard:
      return 'anew'
    case GatewayCloseCodes.AuthenticationFailed:
    case GatewayCloseCodes.InvalidAPIVersion:
    case GatewayCloseCodes.InvalidIntents:
      return 'final'
    default:
      return 'passing'
  }
}

/** The library tells the codes after which it does not come back by their sentences alone. */
const codes = new Map<string, GatewayCloseCodes>([
  ['Authentication failed', GatewayCloseCodes.AuthenticationFailed],
  ['Invalid shard', GatewayCloseCodes.InvalidShard],
  ['Sharding is required', GatewayCloseCodes.ShardingRequired],
  ['Used an invalid API version', GatewayCloseCodes.InvalidAPIVersion],
  ['Used invalid intents', GatewayCloseCodes.InvalidIntents],
  ['Used disallowed intents', GatewayCloseCodes.DisallowedIntents],
])

/** What kept the Gateway from opening, in our words. */
export function gatewayFault(thrown: unknown): LoomError {
  if (thrown instanceof LoomError) return thrown
  const unavailable = new LoomError({
    kind: 'unavailable',
    message: 'Discord’s Gateway does not answer.',
    detail: thrown instanceof Error ? thrown.name : typeof thrown,
  })
  if (thrown instanceof DiscordAPIError)
    return thrown.status === 401 ? tokenRefused(unavailable) : unavailable
  const code = codes.get(thrown instanceof Error ? thrown.message : '')
  if (code === GatewayCloseCodes.AuthenticationFailed) return tokenRefused(unavailable)
  if (code === GatewayCloseCodes.ShardingRequired || code === GatewayCloseCodes.InvalidShard) {
    return new LoomError({
      kind: 'invalid_input',
      message: 'Discord wants more shards than DISCORD_SHARDS names. Set it to auto, or to a larger number.',
      detail: String(code),
    })
  }
  return unavailable
}
