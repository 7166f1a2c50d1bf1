import { z } from 'zod'
import { type ThreadId, threadId } from '../../core/thread-id.ts'
import type { DiscordRest } from './rest.ts'
import { snowflake } from './snowflake.ts'

const mostKept = 500_000

export const channelShape = z.object({
  id: snowflake,
  type: z.number(),
  guild_id: snowflake.nullish(),
  parent_id: snowflake.nullish(),
  owner_id: snowflake.nullish(),
  name: z.string().nullish(),
  recipients: z.array(z.object({ id: snowflake })).optional(),
})

/** A channel or thread, as far as anything here hangs on it. */
export interface Channel {
  id: string
  type: number
  guildId: string | undefined
  parentId: string | undefined
  /** Who made a thread. */
  ownerId: string | undefined
  name: string | undefined
  /** With whom a direct conversation is. */
  recipientId: string | undefined
}

export interface Channels {
  /** Takes what the Gateway says of a channel; what is none is passed over. */
  keep(raw: unknown, guildId?: string): void
  drop(id: string): void
  dropGuild(guildId: string): void
  known(id: string): Channel | undefined
  /** A channel as it was last told, asked for where nobody told it. Throws what Discord throws. */
  look(id: string): Promise<Channel>
}

/** The channels of the servers that this process hears, a few words of each: a message does not say what it stands in. */
export function createChannels(deps: { rest: DiscordRest }): Channels {
  const kept = new Map<string, Channel>()

  const put = (channel: Channel): Channel => {
    kept.set(channel.id, channel)
    const [oldest] = kept.keys()
    if (kept.size > mostKept && oldest !== undefined) kept.delete(oldest)
    return channel
  }

  return {
    keep(raw, guildId) {
      const read = channelShape.safeParse(raw)
      if (read.success) put(channelOf(read.data, guildId))
    },
    drop: (id) => void kept.delete(id),
    dropGuild(guildId) {
      for (const { guildId: of, id } of kept.values()) if (of === guildId) kept.delete(id)
    },
    known: (id) => kept.get(id),
    async look(id) {
      const known = kept.get(id)
      if (known) return known
      const told = await deps.rest.call({ method: 'GET', route: `/channels/${id}` })
      return put(channelOf(channelShape.parse(told)))
    },
  }
}

export function channelOf(told: z.infer<typeof channelShape>, guildId?: string): Channel {
  return {
    id: told.id,
    type: told.type,
    guildId: told.guild_id ?? guildId,
    parentId: told.parent_id ?? undefined,
    ownerId: told.owner_id ?? undefined,
    name: told.name ?? undefined,
    recipientId: told.recipients?.[0]?.id,
  }
}

const threadTypes = new Set([10, 11, 12])
const threadableTypes = new Set([0, 5])

export function isThread({ type }: Pick<Channel, 'type'>): boolean {
  return threadTypes.has(type)
}

/** Whether a thread can begin with a message of it. */
export function isThreadable({ type }: Pick<Channel, 'type'>): boolean {
  return threadableTypes.has(type)
}

/**
 * The thread that a message belongs to: the one in which it stands, or the one that begins with it; where there can be
 * none, the whole channel is one.
 */
export function threadOf(channel: Pick<Channel, 'id' | 'type' | 'parentId'>, messageId: string): ThreadId {
  const { id } = channel
  if (isThread(channel)) return threadId('discord', channel.parentId ?? id, id)
  return threadId('discord', id, isThreadable(channel) ? messageId : id)
}
