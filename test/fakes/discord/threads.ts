import { type ChannelType, MessageType } from 'discord.js'
import { sees } from './permissions.ts'
import { wireThread } from './wire/places.ts'
import type { Channel, Message, World } from './world.ts'

export function emptyChannel(about: {
  id: string
  name: string
  type: ChannelType
  guildId?: string | undefined
}): Channel {
  return {
    ...about,
    guildId: about.guildId,
    parentId: undefined,
    topic: null,
    position: 0,
    overwrites: [],
    messages: [],
    recipients: [],
    thread: undefined,
    tags: [],
    requiresTag: false,
    typing: [],
  }
}

export function setArchived(world: World, channel: Channel, archived: boolean): void {
  const { thread } = channel
  if (!thread || thread.archived === archived) return
  thread.archived = archived
  thread.archivedAtMs = world.clock.now()
  emitThread(world, channel)
}

export function emitThread(world: World, channel: Channel): void {
  world.changed()
  const data = wireThread(world, channel)
  world.emit({ type: 'THREAD_UPDATE', data, guildId: channel.guildId, channel })
}

/** A message in a thread: its author and those it mentions are in the thread from then on. */
export function touchThread(world: World, channel: Channel, message: Message): void {
  const { thread } = channel
  if (!thread) return
  if (message.type === MessageType.Default || message.type === MessageType.Reply) thread.messageCount += 1
  for (const id of [message.authorId, ...message.pings.users]) {
    const parent = world.channels.get(channel.parentId ?? '')
    if (!thread.members.has(id) && parent && sees(world, parent, id))
      thread.members.set(id, world.clock.now())
  }
}

/** A channel goes, with the threads below it. */
export function removeChannel(world: World, channel: Channel): void {
  for (const below of [...world.channels.values()]) {
    if (below.parentId === channel.id && below.thread) world.channels.delete(below.id)
  }
  const { guildId } = channel
  const whole = { id: channel.id, guild_id: guildId, parent_id: channel.parentId ?? null, type: channel.type }
  const type = channel.thread ? 'THREAD_DELETE' : 'CHANNEL_DELETE'
  const data = channel.thread
    ? whole
    : { ...whole, name: channel.name, position: channel.position, permission_overwrites: [] }
  // It is told while the channel is still there: who saw it hears that it is gone.
  world.emit({ type, data, guildId, ...(channel.thread ? { channel } : {}) })
  world.channels.delete(channel.id)
  world.changed()
}
