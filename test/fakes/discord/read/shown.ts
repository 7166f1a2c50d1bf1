import { type APIEmbed, MessageFlags, MessageType } from 'discord.js'
import { everyComponent, mediaOf } from '../check/components.ts'
import { attachmentUrl } from '../wire/message.ts'
import type { Component, Message, World } from '../world.ts'
import { buttonsOf, renderComponents, type ShownButton, type ShownSelect, selectsOf } from './components.ts'
import { nameOf, renderMarkdown, roleName } from './markdown.ts'

export interface ShownFile {
  id: string
  name: string
  title: string | undefined
  description: string | undefined
  contentType: string
  bytes: Buffer
  url: string
  /** With Components V2 a file is only seen where a component shows it. */
  visible: boolean
}

/** A message as a person sees it. */
export interface Shown {
  id: string
  channelId: string
  who: string
  authorId: string
  type: keyof typeof MessageType
  /** What stands there: content, embeds and components, with Markdown's marks gone and mentions as names. */
  text: string
  /** The content as it was sent. */
  raw: string
  buttons: ShownButton[]
  selects: ShownSelect[]
  links: { label: string; url: string }[]
  files: ShownFile[]
  /** Who was really told, by name: `everyone`, people, and roles with `@`. */
  pings: string[]
  /** Whose names stand out, told or not. */
  mentions: string[]
  /** Changed since it was posted, and how often. */
  edited: boolean
  edits: number
  embeds: APIEmbed[]
  embedsSuppressed: boolean
  /** Addresses that Discord visits to show a preview: none where embeds are suppressed. */
  previews: string[]
  onlyFor: string | undefined
  repliesTo: string | undefined
  /** "is thinking …": an answer that was put off. */
  isThinking: boolean
  isSecondComponents: boolean
  nonce: string | undefined
  reactions: string[]
  components: Component[]
}

export function shown(world: World, message: Message): Shown {
  const { components, flags } = message
  const embedsSuppressed = (flags & MessageFlags.SuppressEmbeds) !== 0
  const isSecond = (flags & MessageFlags.IsComponentsV2) !== 0
  const embeds = embedsSuppressed ? [] : message.embeds
  const parts = [
    renderMarkdown(world, message.content),
    ...embeds.map((each) => renderMarkdown(world, embedText(each))),
    renderComponents(world, components),
  ]
  const named = everyComponent(components).flatMap(({ component }) =>
    mediaOf(component).map(({ url }) => url),
  )
  const tell = (pings: Message['pings']) => [
    ...(pings.everyone ? ['everyone'] : []),
    ...pings.users.map((id) => nameOf(world, id)),
    ...pings.roles.map((id) => `@${roleName(world, id)}`),
  ]
  return {
    id: message.id,
    channelId: message.channelId,
    who: nameOf(world, message.authorId),
    authorId: message.authorId,
    type: MessageType[message.type] as keyof typeof MessageType,
    text: parts
      .map(({ text }) => text)
      .filter((text) => text !== '')
      .join('\n'),
    raw: message.content,
    buttons: buttonsOf(components),
    selects: selectsOf(components),
    links: parts.flatMap(({ links }) => links),
    files: message.attachments.map((file) => ({
      id: file.id,
      name: file.filename,
      title: file.title,
      description: file.description,
      contentType: file.contentType,
      bytes: file.bytes,
      url: attachmentUrl(world, file),
      visible: !isSecond || named.includes(`attachment://${file.filename}`),
    })),
    pings: tell(message.pings),
    mentions: tell(message.mentions),
    edited: message.editedAtMs !== undefined,
    edits: message.edits,
    embeds,
    embedsSuppressed,
    previews: embedsSuppressed ? [] : parts.flatMap(({ previews }) => previews),
    onlyFor: message.onlyFor === undefined ? undefined : nameOf(world, message.onlyFor),
    repliesTo: message.reference?.messageId,
    isThinking: (flags & MessageFlags.Loading) !== 0,
    isSecondComponents: isSecond,
    nonce: message.nonce === undefined ? undefined : String(message.nonce),
    reactions: [...message.reactions.keys()],
    components,
  }
}

function embedText(embed: APIEmbed): string {
  const fields = (embed.fields ?? []).flatMap(({ name, value }) => [name, value])
  const lines = [embed.author?.name, embed.title, embed.description, ...fields, embed.footer?.text]
  return lines.filter((line) => line !== undefined && line !== '').join('\n')
}
