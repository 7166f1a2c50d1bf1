import { ChannelType, MessageFlags, MessageType } from 'discord.js'
import { refused } from './api/refusal.ts'
import { newId } from './ids.ts'
import { emitMessage, putSystemMessage } from './post.ts'
import { emptyChannel } from './threads.ts'
import { activeThreads, wireThread } from './wire/places.ts'
import { type Channel, type Message, need, type ThreadState, type World } from './world.ts'

export interface NewThread {
  name: string
  ownerId: string
  autoArchiveMinutes?: number | undefined
  type?: ChannelType.PublicThread | ChannelType.PrivateThread | undefined
  invitable?: boolean | undefined
  appliedTags?: string[] | undefined
}

/** Opens a thread below a channel or, with `on`, on one of its messages, whose id it takes. */
export function openThread(world: World, parent: Channel, input: NewThread, on?: Message): Channel {
  const guild = need(world.guilds.get(parent.guildId ?? ''), 'guild')
  if (activeThreads(world, guild).length >= guild.maxActiveThreads) throw refused('tooManyThreads')
  if (on && world.channels.has(on.id)) throw refused('hasThread')
  const now = world.clock.now()
  const isForum = parent.type === ChannelType.GuildForum || parent.type === ChannelType.GuildMedia
  const type =
    parent.type === ChannelType.GuildAnnouncement
      ? ChannelType.AnnouncementThread
      : isForum || on
        ? ChannelType.PublicThread
        : (input.type ?? ChannelType.PrivateThread)
  const thread: ThreadState = {
    archived: false,
    locked: false,
    invitable: input.invitable ?? true,
    autoArchiveMinutes: input.autoArchiveMinutes ?? 4320,
    archivedAtMs: now,
    createdAtMs: now,
    ownerId: input.ownerId,
    members: new Map([[input.ownerId, now]]),
    messageCount: 0,
    appliedTags: input.appliedTags ?? [],
  }
  const channel = emptyChannel({ id: on?.id ?? newId(now), name: input.name, type, guildId: guild.id })
  Object.assign(channel, { parentId: parent.id, thread })
  world.channels.set(channel.id, channel)
  const data = { ...wireThread(world, channel), newly_created: true }
  world.emit({ type: 'THREAD_CREATE', data, guildId: guild.id, channel })
  if (on) {
    on.flags |= MessageFlags.HasThread
    emitMessage(world, 'MESSAGE_UPDATE', parent, on)
    const reference = { channelId: parent.id, messageId: on.id, guildId: guild.id }
    putSystemMessage(world, channel, {
      authorId: input.ownerId,
      type: MessageType.ThreadStarterMessage,
      reference,
    })
  } else if (!isForum && type !== ChannelType.PrivateThread) {
    putSystemMessage(world, parent, {
      authorId: input.ownerId,
      type: MessageType.ThreadCreated,
      content: input.name,
      reference: { channelId: channel.id, messageId: channel.id, guildId: guild.id },
    })
  }
  return channel
}
