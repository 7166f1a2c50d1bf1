import type { z } from 'zod'
import type { Upload } from '../check/files.ts'
import { parseForm } from '../check/form.ts'
import { channelPermissions, has, type PermissionName, sees } from '../permissions.ts'
import type { Channel, Grant, Guild, Message, World } from '../world.ts'
import { publicMessages } from '../world.ts'
import { refused } from './refusal.ts'

export interface Call {
  world: World
  params: Record<string, string>
  query: URLSearchParams
  body: unknown
  files: Upload[]
  /** Set where a person's token was used. */
  grant: Grant | undefined
  basic: { id: string; secret: string } | undefined
}

export interface Route {
  method: string
  /** `/channels/:channel/messages`; a test names the route by method and path. */
  path: string
  auth: 'bot' | 'bearer' | 'either' | 'none'
  /** How many calls in how many milliseconds, for one channel, server or webhook. */
  limit: readonly [number, number]
  /** Answers to interactions stand outside the limits. */
  free?: boolean
  /** Nothing is 204. */
  run(call: Call): unknown
}

type Options = Partial<Pick<Route, 'auth' | 'limit' | 'free'>>

/** `route('GET /users/@me', …)`: its name, what is special about it, and what it does. */
export function route(name: string, run: Route['run'], options: Options = {}): Route {
  const [method = '', path = ''] = name.split(' ')
  return { method, path, auth: 'bot', limit: [50, 1000], ...options, run }
}

/** An answer that is not 200. */
export class Answer {
  readonly status: number
  readonly body: unknown
  constructor(status: number, body: unknown) {
    this.status = status
    this.body = body
  }
}

export const param = (call: Call, name: string): string => call.params[name] ?? ''

export function bodyAs<Schema extends z.ZodType>(call: Call, schema: Schema): z.output<Schema> {
  return parseForm(schema, call.body ?? {})
}

/** The channel of a call, if the bot may look at it. */
export function channelOf(call: Call, ...needed: PermissionName[]): Channel {
  const { world } = call
  const channel = world.channels.get(param(call, 'channel'))
  if (!channel) throw refused('unknownChannel')
  if (!sees(world, channel, world.botId)) throw refused('missingAccess')
  if (world.guilds.get(channel.guildId ?? '')?.unavailable) throw refused('missingAccess')
  for (const name of needed) needPermission(world, channel, name)
  return channel
}

export function needPermission(world: World, channel: Channel, name: PermissionName): void {
  if (!has(channelPermissions(world, channel, world.botId), name)) throw refused('missingPermissions')
}

/** The server of a call, if the bot is in it. */
export function guildOf(call: Call): Guild {
  const { world } = call
  const guild = world.guilds.get(param(call, 'guild'))
  if (!guild) throw refused('unknownGuild')
  if (!guild.members.has(world.botId) || guild.unavailable) throw refused('missingAccess')
  return guild
}

export function messageOf(call: Call, channel: Channel): Message {
  const found = publicMessages(channel).find((each) => each.id === param(call, 'message'))
  if (!found) throw refused('unknownMessage')
  return found
}
