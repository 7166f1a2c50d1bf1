import { z } from 'zod'
import { LoomError } from '../../core/errors.ts'
import type { DiscordRest } from './rest.ts'
import { snowflake } from './snowflake.ts'

/** Loom as Discord knows it. */
export interface DiscordSelf {
  appId: string
  botUserId: string
  name: string
  /** Who owns the application: the operator. */
  owner: { externalId: string; name?: string }
  /** Whether Discord lets Loom read messages that do not address it (the Message Content intent). */
  mayReadMessages: boolean
  /** Whether anybody can invite the bot. */
  isPublic: boolean
}

/** The intent is granted, or granted to a bot in few servers. */
const contentFlags = (1 << 18) | (1 << 19)

const person = z.object({ id: snowflake, username: z.string().optional(), global_name: z.string().nullish() })
const shape = z.object({
  id: snowflake,
  name: z.string().default('Loom'),
  flags: z.number().default(0),
  bot: z.object({ id: snowflake }).optional(),
  bot_public: z.boolean().default(true),
  owner: person.optional(),
  team: z.object({ owner_user_id: snowflake.nullish() }).nullish(),
})

/** Asks Discord whose the token is. Throws in words; `unavailable` where Discord does not answer. */
export async function lookAtSelf(
  rest: DiscordRest,
  settings: { applicationId: string },
): Promise<DiscordSelf> {
  const asked = await rest.attempt({ method: 'GET', route: '/applications/@me' })
  if (!asked.ok) throw asked.fault.code === 401 ? tokenRefused(asked.fault.error) : asked.fault.error
  const { bot, bot_public, flags, id, name, owner, team } = shape.parse(asked.result)
  if (id !== settings.applicationId) {
    throw new LoomError({
      kind: 'forbidden',
      message: 'DISCORD_TOKEN belongs to another application than DISCORD_APPLICATION_ID.',
    })
  }
  const called = owner?.global_name ?? owner?.username
  return {
    appId: id,
    botUserId: bot?.id ?? id,
    name,
    owner: {
      externalId: team?.owner_user_id ?? owner?.id ?? id,
      ...(called && !team ? { name: called } : {}),
    },
    mayReadMessages: (flags & contentFlags) !== 0,
    isPublic: bot_public,
  }
}

export interface Self {
  /** Asks Discord the first time, and each time until it answered. Throws as `lookAtSelf` does. */
  look(): Promise<DiscordSelf>
  /** Who Loom is, as far as is known: an application and its bot have one id, unless it is an old one. */
  ids(): { appId: string; botUserId: string }
  readsMessages(): boolean
  /** The Gateway said no to what the application's flags had promised. */
  mayNotRead(): void
}

export function createSelf(deps: { rest: DiscordRest; applicationId: string }): Self {
  const { applicationId, rest } = deps
  let known: DiscordSelf | undefined
  let refused = false
  return {
    async look() {
      known ??= await lookAtSelf(rest, { applicationId })
      return known
    },
    ids: () => ({ appId: applicationId, botUserId: known?.botUserId ?? applicationId }),
    readsMessages: () => known?.mayReadMessages === true && !refused,
    mayNotRead() {
      refused = true
    },
  }
}

export function tokenRefused(cause: LoomError): LoomError {
  return new LoomError({
    kind: 'forbidden',
    message: 'Discord does not take DISCORD_TOKEN. Copy the bot’s token again.',
    detail: cause.detail,
  })
}
