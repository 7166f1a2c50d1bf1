import { MessageFlags, MessageType } from 'discord.js'
import { contentTypeOf, titleOf, type Upload, uploadName } from './check/files.ts'
import type { Draft } from './check/message.ts'
import { newId } from './ids.ts'
import { mentionsIn, spokenText } from './mentions.ts'
import { setArchived, touchThread } from './threads.ts'
import { wireMessageEvent } from './wire/message.ts'
import type { Attachment, Channel, Interaction, Message, World } from './world.ts'

interface About {
  authorId: string
  type?: MessageType
  interaction?: Interaction
  onlyFor?: string | undefined
  id?: string
}

const nobody = { everyone: false, users: [], roles: [] }

/** Puts a message where it belongs and tells the app, if it may hear of it. */
export function putMessage(world: World, channel: Channel, draft: Draft, about: About): Message {
  const message = makeMessage(world, channel, draft, about)
  store(world, channel, message)
  return message
}

export function makeMessage(world: World, channel: Channel, draft: Draft, about: About): Message {
  const { authorId, interaction, onlyFor } = about
  const { reference } = draft
  const target = reference && world.channels.get(reference.channel_id ?? channel.id)?.messages
  const repliesTo = target?.find((each) => each.id === reference?.message_id)
  const text = spokenText(draft.content, draft.components)
  const mentions = mentionsIn(
    world,
    { channel, authorId, repliesTo: repliesTo?.authorId },
    text,
    draft.allowed,
  )
  const isQuiet = onlyFor !== undefined || (draft.flags & MessageFlags.SuppressNotifications) !== 0
  return {
    id: about.id ?? newId(world.clock.now()),
    channelId: channel.id,
    authorId,
    type: about.type ?? (repliesTo ? MessageType.Reply : MessageType.Default),
    content: draft.content,
    embeds: draft.embeds,
    components: draft.components,
    attachments: draft.uploads.map((file) => keepFile(world, channel, file, onlyFor !== undefined)),
    flags: draft.flags,
    nonce: draft.nonce,
    editedAtMs: undefined,
    edits: 0,
    reference: repliesTo && {
      channelId: repliesTo.channelId,
      messageId: repliesTo.id,
      guildId: channel.guildId,
    },
    mentions,
    pings: isQuiet ? nobody : mentions,
    interaction,
    onlyFor,
    reactions: new Map(),
    pinned: false,
  }
}

/** What Discord itself writes into a channel: a thread began, or what it began with. */
export function putSystemMessage(
  world: World,
  channel: Channel,
  about: { authorId: string; type: MessageType; content?: string; reference?: Message['reference'] },
): Message {
  const message: Message = {
    id: newId(world.clock.now()),
    channelId: channel.id,
    authorId: about.authorId,
    type: about.type,
    content: about.content ?? '',
    embeds: [],
    components: [],
    attachments: [],
    flags: 0,
    nonce: undefined,
    editedAtMs: undefined,
    edits: 0,
    reference: about.reference,
    mentions: nobody,
    pings: nobody,
    interaction: undefined,
    onlyFor: undefined,
    reactions: new Map(),
    pinned: false,
  }
  store(world, channel, message)
  return message
}

function store(world: World, channel: Channel, message: Message): void {
  if (channel.thread && message.onlyFor === undefined) {
    if (channel.thread.archived) setArchived(world, channel, false)
    touchThread(world, channel, message)
  }
  channel.messages.push(message)
  emitMessage(world, 'MESSAGE_CREATE', channel, message)
}

/** Ephemeral messages are no events: the app hears of them only by its own interaction. */
export function emitMessage(
  world: World,
  type: 'MESSAGE_CREATE' | 'MESSAGE_UPDATE',
  channel: Channel,
  message: Message,
): void {
  world.changed()
  message.interaction?.changed()
  if (message.onlyFor !== undefined) return
  const data = wireMessageEvent(world, message)
  world.emit({ type, data, guildId: channel.guildId, channel })
}

/** Changes a message in place. Who is mentioned now stands out; nobody is told again. */
export function changeMessage(world: World, channel: Channel, message: Message, draft: Draft): void {
  const wasLoading = (message.flags & MessageFlags.Loading) !== 0
  const text = spokenText(draft.content, draft.components)
  const target = channel.messages.find((each) => each.id === message.reference?.messageId)
  const about = { channel, authorId: message.authorId, repliesTo: target?.authorId }
  const { mentions } = message
  Object.assign(message, {
    content: draft.content,
    embeds: draft.embeds,
    components: draft.components,
    flags: draft.flags & ~MessageFlags.Loading,
    attachments: [
      ...draft.kept,
      ...draft.uploads.map((file) => keepFile(world, channel, file, message.onlyFor !== undefined)),
    ],
    mentions: draft.touches ? mentionsIn(world, about, text, draft.allowed) : mentions,
  })
  // Nobody is told of a change, not even of the answer that "is thinking" waited for.
  if (draft.touches && !wasLoading) {
    message.editedAtMs = world.clock.now()
    message.edits += 1
  }
  emitMessage(world, 'MESSAGE_UPDATE', channel, message)
}

export function removeMessage(world: World, channel: Channel, message: Message): void {
  if (!takeAway(world, channel, message) || message.onlyFor !== undefined) return
  const data = { id: message.id, ...spotOf(channel) }
  world.emit({ type: 'MESSAGE_DELETE', data, guildId: channel.guildId, channel })
}

/** Several at once, which is told in one event. */
export function removeMessages(world: World, channel: Channel, messages: readonly Message[]): void {
  const ids = messages.filter((each) => takeAway(world, channel, each)).map(({ id }) => id)
  const data = { ids, ...spotOf(channel) }
  world.emit({ type: 'MESSAGE_DELETE_BULK', data, guildId: channel.guildId, channel })
}

function takeAway(world: World, channel: Channel, message: Message): boolean {
  const at = channel.messages.indexOf(message)
  if (at < 0) return false
  channel.messages.splice(at, 1)
  for (const file of message.attachments) file.deleted = true
  world.changed()
  return true
}

function spotOf(channel: Channel) {
  return { channel_id: channel.id, ...(channel.guildId ? { guild_id: channel.guildId } : {}) }
}

export function keepFile(world: World, channel: Channel, upload: Upload, ephemeral: boolean): Attachment {
  const filename = uploadName(upload)
  const file: Attachment = {
    id: newId(world.clock.now()),
    channelId: channel.id,
    filename,
    contentType: contentTypeOf(filename, upload.contentType),
    bytes: upload.bytes,
    description: upload.description,
    title: titleOf(upload),
    ephemeral,
    deleted: false,
  }
  world.attachments.set(file.id, file)
  return file
}
