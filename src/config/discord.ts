import type { Settings } from './settings.ts'

/** How this Loom stands in Discord: by its Gateway, or by HTTP alone. */
export interface DiscordConfig {
  token: string
  applicationId: string
  /** Interactions come by HTTP, signed with it, and no Gateway is opened; `undefined`: the Gateway. */
  publicKey: string | undefined
  /** Servers and people install Loom by its link; `undefined`: only by inviting the bot. */
  clientSecret: string | undefined
  /** The one server in which the commands are registered, at once; `undefined`: everywhere. */
  guildId: string | undefined
  shards: DiscordShards
  /** Without the version and without a slash at the end. */
  apiUrl: string
}

/** Which part of the Gateway this process holds: all that Discord recommends, or some of a number. */
export type DiscordShards = 'auto' | { first: number; last: number; of: number }

const discordApi = 'https://discord.com/api'

export function discordOf(env: Settings): DiscordConfig | undefined {
  const { DISCORD_APPLICATION_ID: applicationId, DISCORD_TOKEN: token } = env
  if (!token || !applicationId) return undefined
  return {
    token,
    applicationId,
    publicKey: env.DISCORD_PUBLIC_KEY,
    clientSecret: env.DISCORD_CLIENT_SECRET,
    guildId: env.DISCORD_GUILD_ID,
    shards: shardsOf(env.DISCORD_SHARDS) ?? 'auto',
    apiUrl: (env.DISCORD_API_URL ?? discordApi).replace(/\/+$/, ''),
  }
}

/** What makes sense only together; nothing when Discord is not named at all. */
export function discordFaults(env: Settings): string[] {
  const { DISCORD_APPLICATION_ID: id, DISCORD_PUBLIC_KEY: key, DISCORD_TOKEN: token } = env
  const secret = env.DISCORD_CLIENT_SECRET
  if (![id, key, token, secret, env.DISCORD_GUILD_ID].some((value) => value !== undefined)) return []
  const hosted = env.LOOM_MODE === 'hosted'
  return [
    ...(token ? [] : ['DISCORD_TOKEN is missing']),
    ...(id ? [] : ['DISCORD_APPLICATION_ID is missing']),
    ...(hosted && !secret
      ? ['DISCORD_CLIENT_SECRET is missing: servers install a hosted Loom by its link']
      : []),
    ...(hosted && env.DISCORD_GUILD_ID
      ? ['DISCORD_GUILD_ID must not be set: the commands of a hosted Loom are there for every server']
      : []),
    ...(key && env.DISCORD_SHARDS
      ? ['DISCORD_SHARDS is for the Gateway, which DISCORD_PUBLIC_KEY leaves closed: set one of them']
      : []),
    ...(env.DISCORD_SHARDS && !shardsOf(env.DISCORD_SHARDS)
      ? ['DISCORD_SHARDS must be auto, a number of shards, or some of a number, as in 0-3/16']
      : []),
  ]
}

/** `auto`, `4` for all of four, `0-3/16` for the first four of sixteen. */
function shardsOf(text: string | undefined): DiscordShards | undefined {
  if (text === 'auto') return text
  const [, from, to, total] = /^(?:(\d{1,5})(?:-(\d{1,5}))?\/)?(\d{1,5})$/.exec(text ?? '') ?? []
  if (total === undefined) return undefined
  const of = Number(total)
  const first = Number(from ?? 0)
  const last = from === undefined ? of - 1 : Number(to ?? from)
  return of > 0 && first <= last && last < of ? { first, last, of } : undefined
}
