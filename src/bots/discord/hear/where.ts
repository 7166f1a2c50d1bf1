import { type APIInteraction, ChannelType, InteractionContextType, PermissionFlagsBits } from 'discord.js'
import { type ThreadId, threadId } from '../../../core/thread-id.ts'
import { isThread, isThreadable } from '../channels.ts'

/** Where an interaction happened, as far as it matters for what can be done there. */
export type Where =
  /** A thread, or a post of a forum: `channelId` is its parent. */
  | { kind: 'thread'; channelId: string; threadId: string }
  /** A channel in which a thread can begin from any message. */
  | { kind: 'channel'; channelId: string }
  /** A channel without threads: what is said beside a voice. */
  | { kind: 'flat'; channelId: string }
  /** The direct messages of a person with Loom. */
  | { kind: 'direct'; channelId: string }
  /** A server or conversation without Loom, to which a person brought it along: it can be answered there, nothing more. */
  | { kind: 'elsewhere' }

/** By what Discord says of an interaction; nothing in it was written by a client. */
export function whereOf(interaction: APIInteraction): Where {
  const { channel, guild_id: guildId } = interaction
  if (!channel) return { kind: 'elsewhere' }
  const { id, type } = channel
  if (guildId === undefined) {
    const { BotDM } = InteractionContextType
    const direct =
      interaction.context === BotDM || (interaction.context === undefined && type === ChannelType.DM)
    return direct ? { kind: 'direct', channelId: id } : { kind: 'elsewhere' }
  }
  if (!isIn(interaction)) return { kind: 'elsewhere' }
  if (isThread(channel)) {
    const parent = 'parent_id' in channel ? channel.parent_id : undefined
    return parent ? { kind: 'thread', channelId: parent, threadId: id } : { kind: 'elsewhere' }
  }
  return { kind: isThreadable(channel) ? 'channel' : 'flat', channelId: id }
}

/** Whether Loom itself is in the server of an interaction, and not only with the person. */
export function isIn({ authorizing_integration_owners: owners, guild_id: guildId }: APIInteraction): boolean {
  return guildId !== undefined && owners['0'] === guildId
}

/** The thread of a place; of a channel the one that begins, or would begin, with a message of it. */
export function threadAt(where: Exclude<Where, { kind: 'elsewhere' }>, messageId: string): ThreadId {
  switch (where.kind) {
    case 'thread':
      return threadId('discord', where.channelId, where.threadId)
    case 'channel':
      return threadId('discord', where.channelId, messageId)
    case 'flat':
    case 'direct':
      return threadId('discord', where.channelId, where.channelId)
  }
}

const needed = {
  channel: ['ViewChannel', 'ReadMessageHistory', 'CreatePublicThreads', 'SendMessagesInThreads'],
  thread: ['ViewChannel', 'ReadMessageHistory', 'SendMessagesInThreads'],
  flat: ['ViewChannel', 'ReadMessageHistory', 'SendMessages'],
} as const

/** As Discord's own settings call them, in English. */
const called = {
  ViewChannel: 'View Channel',
  ReadMessageHistory: 'Read Message History',
  CreatePublicThreads: 'Create Public Threads',
  SendMessages: 'Send Messages',
  SendMessagesInThreads: 'Send Messages in Threads',
} as const

/** What Loom may not do in a place though it would have to: a sentence that says what to change, or nothing. */
export function lackingWords(where: Where, interaction: APIInteraction): string | undefined {
  if (where.kind === 'direct' || where.kind === 'elsewhere') return undefined
  const has = BigInt(interaction.app_permissions)
  if ((has & PermissionFlagsBits.Administrator) !== 0n) return undefined
  const lacking = needed[where.kind].filter((name) => (has & PermissionFlagsBits[name]) === 0n)
  if (lacking.length === 0) return undefined
  const names = lacking.map((name) => called[name]).join(', ')
  return `Loom may not work in this channel yet. It lacks: ${names}. Somebody who manages the channel can give that to Loom's role; then ask again, or write to Loom directly.`
}
