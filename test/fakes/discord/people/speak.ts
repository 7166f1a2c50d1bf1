import { openDm } from '../api/places.ts'
import { contentTypeOf, type Upload } from '../check/files.ts'
import type { Draft } from '../check/message.ts'
import { timeOf } from '../ids.ts'
import { openThread } from '../open-thread.ts'
import { channelPermissions, has, isDm, isThread, sees } from '../permissions.ts'
import { changeMessage, putMessage, removeMessage, removeMessages } from '../post.ts'
import { nameOf } from '../read/markdown.ts'
import { type Shown, shown } from '../read/shown.ts'
import { wireThread } from '../wire/places.ts'
import { type Channel, type Message, need, type User } from '../world.ts'
import type { Desk } from './desk.ts'

export interface Says {
  /** As Discord sends it: `<@…>` is a mention. */
  text?: string
  files?: { name: string; content: string | Buffer; contentType?: string }[]
  replyTo?: string
  /** Whether the one who is replied to is told, as usual. */
  pingsReplied?: boolean
}

/** Where a message stands. */
export interface Spot {
  id: string
  channelId: string
}

export function speaking(desk: Desk, who: User) {
  const { world } = desk
  const placeOf = (channelId: string): Channel => {
    const channel = need(world.channels.get(channelId), 'channel')
    if (!sees(world, channel, who.id)) throw new Error(`${who.username} does not see this channel`)
    return channel
  }
  const messageAt = (spot: Spot): { channel: Channel; message: Message } => {
    const channel = placeOf(spot.channelId)
    const message = need(
      channel.messages.find((each) => each.id === spot.id && [undefined, who.id].includes(each.onlyFor)),
      'message',
    )
    return { channel, message }
  }
  const own = (spot: Spot) => {
    const found = messageAt(spot)
    if (found.message.authorId !== who.id) throw new Error(`${who.username} did not write this`)
    return found
  }
  return {
    /** Posts a message and, where the app may hear it, tells the app. */
    says: (channelId: string, input: Says | string): Shown => {
      const said = typeof input === 'string' ? { text: input } : input
      const channel = placeOf(channelId)
      const needed = isThread(channel) ? 'SendMessagesInThreads' : 'SendMessages'
      if (!has(channelPermissions(world, channel, who.id), needed)) {
        throw new Error(`${who.username} may not write here`)
      }
      if (channel.thread?.locked) throw new Error('the thread is locked')
      if (isDm(channel) && said.files === undefined && (said.text ?? '') === '')
        throw new Error('nothing is said')
      return shown(world, putMessage(world, channel, draftOf(said, channelId), { authorId: who.id }))
    },
    edits: (spot: Spot, text: string): Shown => {
      const { channel, message } = own(spot)
      const draft = { ...draftOf({ text }, spot.channelId), kept: message.attachments, flags: message.flags }
      changeMessage(world, channel, message, draft)
      return shown(world, message)
    },
    deletes: (spot: Spot): void => {
      const { channel, message } = messageAt(spot)
      const isModerator = has(channelPermissions(world, channel, who.id), 'ManageMessages') && !isDm(channel)
      if (message.authorId !== who.id && !isModerator) throw new Error(`${who.username} may not delete this`)
      removeMessage(world, channel, message)
    },
    /** As moderators do with the help of a bot: many at once. */
    purges: (channelId: string, spots: readonly Spot[]): void => {
      const channel = placeOf(channelId)
      if (isDm(channel) || !has(channelPermissions(world, channel, who.id), 'ManageMessages'))
        throw new Error(`${who.username} may not purge here`)
      const gone = channel.messages.filter(({ id }) => spots.some((spot) => spot.id === id))
      removeMessages(world, channel, gone)
    },
    /** Opens a thread on a message, or with `on` left out below the channel; the result is its id. */
    opensThread: (
      channelId: string,
      name: string,
      on?: Spot,
      options: { isPrivate?: boolean } = {},
    ): string => {
      const channel = placeOf(channelId)
      const message = on ? messageAt(on).message : undefined
      return openThread(world, channel, { name, ownerId: who.id, type: options.isPrivate ? 12 : 11 }, message)
        .id
    },
    /** A new post in a forum; the id of its thread and of its first message. */
    postsIn: (forumId: string, name: string, text: string): string => {
      const thread = openThread(world, placeOf(forumId), { name, ownerId: who.id })
      putMessage(world, thread, draftOf({ text }, thread.id), { authorId: who.id, id: thread.id })
      return thread.id
    },
    /** Brings somebody, or the bot, into a thread. */
    brings: (threadId: string, other: { id: string }): void => {
      const channel = placeOf(threadId)
      const thread = need(channel.thread, 'thread')
      thread.members.set(other.id, world.clock.now())
      world.changed()
      if (other.id !== world.botId) return
      const data = wireThread(world, channel)
      world.emit({ type: 'THREAD_CREATE', data, guildId: channel.guildId, channel })
    },
    /** Who is shown as typing: ten seconds after they said so, or until their message came. */
    seesTyping: (channelId: string): string[] => {
      const channel = placeOf(channelId)
      const since = world.clock.now() - 10_000
      return channel.typing
        .filter(({ atMs, userId }) => {
          const last = channel.messages.findLast((each) => each.authorId === userId)
          return atMs > since && (last === undefined || timeOf(last.id) < atMs)
        })
        .map(({ userId }) => nameOf(world, userId))
    },
    /** The id of the direct messages with the app's bot. */
    dm: (): string => openDm(world, who.id).id,
    refusesDms: (refuses = true): void => {
      who.refusesDms = refuses
    },
    /** Everything that this person sees in a channel, thread or direct message, oldest first. */
    reads: (channelId: string): Shown[] => {
      const channel = placeOf(channelId)
      return channel.messages
        .filter((each) => each.onlyFor === undefined || each.onlyFor === who.id)
        .map((each) => shown(world, each))
    },
    /** One message as it stands there now. */
    sees: (spot: Spot): Shown => shown(world, messageAt(spot).message),
  }
}

export function draftOf(said: Says, channelId: string): Draft {
  const { files = [], pingsReplied = true, replyTo, text = '' } = said
  if (text.length > 4000) throw new Error('nobody can write so much at once')
  return {
    content: text,
    embeds: [],
    components: [],
    flags: 0,
    kept: [],
    uploads: files.map(toUpload),
    allowed: { parse: ['users', 'roles', 'everyone'], replied_user: pingsReplied },
    nonce: undefined,
    enforceNonce: false,
    reference: replyTo === undefined ? undefined : { message_id: replyTo, channel_id: channelId },
    touches: true,
  }
}

export function toUpload(
  file: { name: string; content: string | Buffer; contentType?: string | undefined },
  index = 0,
): Upload {
  return {
    index: String(index),
    name: file.name,
    contentType: contentTypeOf(file.name, file.contentType),
    bytes: Buffer.from(file.content),
    description: undefined,
    title: undefined,
  }
}
