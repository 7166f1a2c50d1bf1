import { createHmac } from 'node:crypto'
import { MessageFlags } from 'discord.js'
import { timeOf } from '../ids.ts'
import { type Attachment, type Channel, type Interaction, type Message, need, type World } from '../world.ts'
import { userOf, wirePartialMember, wireUser } from './people.ts'
import { wireThread } from './places.ts'

const dayMs = 86_400_000

/** An address of the file that runs out after a day: with its signature, as the CDN's have. */
export function attachmentUrl(world: World, file: Attachment): string {
  const issued = Math.floor(world.clock.now() / 1000)
  const query = new URLSearchParams({
    ex: Math.floor((world.clock.now() + dayMs) / 1000).toString(16),
    is: issued.toString(16),
  })
  const place = `/attachments/${file.channelId}/${file.id}/${encodeURIComponent(file.filename)}`
  query.set('hm', signatureOf(world, place, query))
  return `${world.origin}${place}?${query}&`
}

export function signatureOf(world: World, place: string, query: URLSearchParams): string {
  return createHmac('sha256', world.cdnSecret)
    .update(`${place} ${query.get('ex')} ${query.get('is')}`)
    .digest('hex')
}

export function wireAttachment(world: World, file: Attachment): Record<string, unknown> {
  const url = attachmentUrl(world, file)
  return {
    id: file.id,
    filename: file.filename,
    size: file.bytes.length,
    url,
    proxy_url: url,
    content_type: file.contentType,
    ...(file.title === undefined ? {} : { title: file.title }),
    ...(file.description === undefined ? {} : { description: file.description }),
    ...(file.ephemeral ? { ephemeral: true } : {}),
  }
}

/** A message whole. What of it an app may not read, the one who sends it takes out. */
export function wireMessage(
  world: World,
  message: Message,
  options: { depth?: number } = {},
): Record<string, unknown> {
  const { depth = 0 } = options
  const channel = world.channels.get(message.channelId)
  const thread = world.channels.get(message.id)
  const referenced = referencedBy(world, message)
  return {
    id: message.id,
    channel_id: message.channelId,
    author: wireUser(userOf(world, message.authorId)),
    content: message.content,
    timestamp: new Date(timeOf(message.id)).toISOString(),
    edited_timestamp: message.editedAtMs === undefined ? null : new Date(message.editedAtMs).toISOString(),
    tts: false,
    mention_everyone: message.mentions.everyone,
    mentions: message.mentions.users.map((id) => wireUser(userOf(world, id))),
    mention_roles: message.mentions.roles,
    attachments: listedFiles(message).map((file) => wireAttachment(world, file)),
    embeds: message.flags & MessageFlags.SuppressEmbeds ? [] : wireMedia(world, message, message.embeds),
    components: wireMedia(world, message, message.components),
    pinned: message.pinned,
    type: message.type,
    flags: message.flags,
    ...(message.nonce === undefined ? {} : { nonce: message.nonce }),
    ...(message.reactions.size > 0 ? { reactions: reactionsOf(world, message) } : {}),
    ...(message.reference ? { message_reference: referenceOf(message) } : {}),
    ...(message.reference && depth === 0
      ? { referenced_message: referenced ? wireMessage(world, referenced, { depth: 1 }) : null }
      : {}),
    ...(thread?.thread && thread.parentId === message.channelId ? { thread: wireThread(world, thread) } : {}),
    ...(channel?.thread ? { position: positionOf(channel, message) } : {}),
    ...(userOf(world, message.authorId).id === world.botId ? { application_id: world.app.id } : {}),
    ...(message.interaction
      ? { webhook_id: world.app.id, interaction_metadata: metadataOf(world, message.interaction) }
      : {}),
  }
}

function positionOf(channel: Channel, message: Message): number {
  return channel.messages.indexOf(message)
}

function referenceOf({ reference }: Message) {
  return (
    reference && {
      type: 0,
      channel_id: reference.channelId,
      message_id: reference.messageId,
      ...(reference.guildId ? { guild_id: reference.guildId } : {}),
    }
  )
}

export function referencedBy(world: World, message: Message): Message | undefined {
  const place = world.channels.get(message.reference?.channelId ?? '')
  return place?.messages.find((each) => each.id === message.reference?.messageId)
}

function reactionsOf(world: World, message: Message) {
  return [...message.reactions].map(([name, users]) => ({
    count: users.size,
    count_details: { normal: users.size, burst: 0 },
    me: users.has(world.botId),
    me_burst: false,
    burst_colors: [],
    emoji: { id: null, name },
  }))
}

function metadataOf(world: World, interaction: Interaction): Record<string, unknown> {
  return {
    id: interaction.id,
    type: interaction.type,
    user: wireUser(userOf(world, interaction.userId)),
    authorizing_integration_owners: interaction.owners,
    ...(interaction.commandName === undefined ? {} : { name: interaction.commandName }),
    ...(interaction.sourceMessageId === undefined || interaction.trigger
      ? {}
      : { interacted_message_id: interaction.sourceMessageId }),
    ...(interaction.targetId === undefined ? {} : { target_message_id: interaction.targetId }),
    ...(interaction.trigger
      ? { triggering_interaction_metadata: metadataOf(world, interaction.trigger) }
      : {}),
  }
}

/** The files that stand below a message; those that its components or embeds show stand only there. */
function listedFiles({ attachments, components, embeds }: Message): Attachment[] {
  const shown = JSON.stringify([components, embeds])
  return attachments.filter(
    (file) => !file.deleted && !shown.includes(JSON.stringify(`attachment://${file.filename}`)),
  )
}

/** Files that a component or an embed shows are named by address, no longer by `attachment://`. */
function wireMedia(world: World, message: Message, component: unknown): unknown {
  if (Array.isArray(component)) return component.map((each) => wireMedia(world, message, each))
  if (typeof component !== 'object' || component === null) return component
  const given = component as Record<string, unknown>
  const url = given.url
  const file =
    typeof url === 'string' && url.startsWith('attachment://')
      ? message.attachments.find((each) => `attachment://${each.filename}` === url)
      : undefined
  const shown = Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name, wireMedia(world, message, value)]),
  )
  if (!file) return shown
  const address = attachmentUrl(world, file)
  return {
    ...shown,
    url: address,
    proxy_url: address,
    attachment_id: file.id,
    content_type: file.contentType,
    loading_state: 2,
  }
}

/** What the gateway adds to a message: the server, the member who wrote, the members who are mentioned. */
export function wireMessageEvent(world: World, message: Message): Record<string, unknown> {
  const channel = need(world.channels.get(message.channelId), 'channel')
  const guild = world.guilds.get(channel.guildId ?? '')
  const whole = wireMessage(world, message)
  if (!guild) return { ...whole, channel_type: channel.type }
  const author = guild.members.get(message.authorId)
  return {
    ...whole,
    guild_id: guild.id,
    channel_type: channel.type,
    ...(author ? { member: wirePartialMember(author) } : {}),
    mentions: message.mentions.users.map((id) => {
      const member = guild.members.get(id)
      return { ...wireUser(userOf(world, id)), ...(member ? { member: wirePartialMember(member) } : {}) }
    }),
  }
}

/** Without the message content intent: its shell, unless it is to the app, from it, or mentions it. */
export function withoutContent(world: World, whole: Record<string, unknown>): Record<string, unknown> {
  const mentions = (whole.mentions ?? []) as { id: string }[]
  const author = whole.author as { id: string } | undefined
  const channel = world.channels.get(String(whole.channel_id))
  const isOpen =
    author?.id === world.botId ||
    mentions.some((each) => each.id === world.botId) ||
    channel?.recipients.includes(world.botId)
  const referenced = whole.referenced_message as Record<string, unknown> | null | undefined
  const inner = referenced ? { referenced_message: withoutContent(world, referenced) } : {}
  if (isOpen) return { ...whole, ...inner }
  return { ...whole, ...inner, content: '', embeds: [], attachments: [], components: [] }
}
