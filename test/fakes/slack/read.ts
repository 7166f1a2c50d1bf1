import { elementsOf } from './blocks/check.ts'
import { nameOf, renderBlocks, renderMrkdwn } from './blocks/plain.ts'
import type { Block, Channel, Message, Team } from './world.ts'

export interface ShownButton {
  label: string
  actionId: string
  value: string | undefined
  url: string | undefined
  style: string | undefined
}

/** A message as a person reads it. */
export interface Shown {
  ts: string
  threadTs: string | undefined
  who: string
  /** Text of all blocks and attachments, or of the message itself where it has none. */
  text: string
  /** What a notification or an old client shows. */
  fallback: string
  buttons: ShownButton[]
  links: { label: string; url: string }[]
  pings: string[]
  files: { id: string; name: string; title: string; bytes: Buffer }[]
  /** Addresses of which Slack makes a preview, and so visits them. */
  previews: string[]
  reactions: string[]
  edited: boolean
  onlyFor: string | undefined
  metadata: Message['metadata']
  blocks: Block[]
}

export function shown(team: Team, message: Message): Shown {
  const blocks = [...message.blocks, ...message.attachments.flatMap((each) => (each.blocks ?? []) as Block[])]
  const own =
    message.blocks.length > 0 ? renderBlocks(team, message.blocks) : renderMrkdwn(team, message.text)
  const attached = message.attachments.map((each) => attachment(team, each))
  const parts = [own, ...attached]
  const links = parts.flatMap((part) => part.links)
  return {
    ts: message.ts,
    threadTs: message.threadTs,
    who: nameOf(team, message.userId),
    text: parts
      .map((part) => part.text)
      .filter((text) => text !== '')
      .join('\n'),
    fallback: renderMrkdwn(team, message.text).text,
    buttons: blocks.flatMap(buttonsOf),
    links,
    pings: parts
      .flatMap((part) => part.pings)
      .concat(message.blocks.length > 0 ? renderMrkdwn(team, message.text).pings : []),
    files: message.files
      .filter(({ deleted }) => !deleted)
      .map(({ bytes, id, name, title }) => ({ id, name, title, bytes })),
    previews: message.unfurls.links ? links.map((link) => link.url).concat(bare(own.text)) : [],
    reactions: [...message.reactions.keys()],
    edited: message.edited !== undefined,
    onlyFor: message.onlyFor === undefined ? undefined : nameOf(team, message.onlyFor),
    metadata: message.metadata,
    blocks: message.blocks,
  }
}

const bare = (text: string) => text.match(/https?:\/\/[^\s<>|)]+/g) ?? []

function attachment(team: Team, each: Record<string, unknown>) {
  if (Array.isArray(each.blocks)) return renderBlocks(team, each.blocks as Block[])
  const fields = ((each.fields ?? []) as { title?: string; value?: string }[]).map(
    (field) => `${field.title ?? ''}: ${field.value ?? ''}`,
  )
  const lines = [each.pretext, each.title, each.text, ...fields, each.footer].filter(Boolean)
  return renderMrkdwn(team, lines.length > 0 ? lines.join('\n') : String(each.fallback ?? ''))
}

function buttonsOf(block: Block): ShownButton[] {
  return elementsOf(block).flatMap((element) => {
    if (element.type === 'feedback_buttons') {
      return (['positive_button', 'negative_button'] as const).map((side) =>
        button({ ...(element[side] as object), action_id: element.action_id }),
      )
    }
    return element.type === 'button' || element.type === 'icon_button' ? [button(element)] : []
  })
}

function button(element: Record<string, unknown>): ShownButton {
  return {
    label: (element.text as { text: string }).text,
    actionId: String(element.action_id),
    value: element.value as string | undefined,
    url: element.url as string | undefined,
    style: element.style as string | undefined,
  }
}

/** The thread under a root, oldest first, the root among them. */
export function threadOf(team: Team, channel: Channel, ts: string): Shown[] {
  return channel.messages
    .filter((each) => each.ts === ts || each.threadTs === ts)
    .map((each) => shown(team, each))
}
