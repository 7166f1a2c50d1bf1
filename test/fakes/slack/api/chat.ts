import { z } from 'zod'
import { checkBlocks } from '../blocks/check.ts'
import { emitChange, putMessage, removeMessage } from '../post.ts'
import { wireMessage } from '../wire.ts'
import type { Message } from '../world.ts'
import { type Call, flag, json, method, Refusal, words } from './method.ts'
import { findChannel, findMessage, placeToPost, rootFor } from './places.ts'

const content = {
  channel: words,
  text: words.optional(),
  blocks: json(z.unknown()).optional(),
  attachments: json(z.unknown()).optional(),
  markdown_text: words.optional(),
  metadata: json(z.unknown()).optional(),
  as_user: flag.optional(),
  link_names: flag.optional(),
  parse: z.enum(['full', 'none']).optional(),
}
const look = { username: words.optional(), icon_url: words.optional(), icon_emoji: words.optional() }

const metadata = z.strictObject({
  event_type: z.string().min(1).max(255),
  event_payload: z.record(z.string(), z.unknown()),
})

interface Content {
  text?: string | undefined
  blocks?: unknown
  attachments?: unknown
  markdown_text?: string | undefined
  metadata?: unknown
}

/** What a message shows, checked as Slack checks it. */
export function contentOf(given: Content): Pick<Message, 'text' | 'blocks' | 'attachments' | 'metadata'> {
  const { markdown_text: markdown, text } = given
  if (markdown !== undefined && (text !== undefined || given.blocks !== undefined)) {
    throw new Refusal('markdown_text_conflict')
  }
  if ((text?.length ?? 0) > 40_000 || (markdown?.length ?? 0) > 12_000) throw new Refusal('msg_too_long')
  const blocks =
    markdown === undefined
      ? given.blocks === undefined
        ? []
        : checkBlocks(given.blocks, 'message')
      : checkBlocks([{ type: 'markdown', text: markdown }], 'message')
  const attachments = attachmentsOf(given.attachments)
  if (!text && blocks.length === 0 && attachments.length === 0) throw new Refusal('no_text')
  return {
    text: text ?? markdown ?? '',
    blocks,
    attachments,
    ...(given.metadata === undefined ? {} : { metadata: metadataOf(given.metadata) }),
  }
}

function attachmentsOf(given: unknown): Record<string, unknown>[] {
  if (given === undefined) return []
  const list = z.array(z.record(z.string(), z.unknown())).safeParse(given)
  if (!list.success) throw new Refusal('invalid_attachments')
  if (list.data.length > 100) throw new Refusal('too_many_attachments')
  for (const each of list.data) if (each.blocks !== undefined) checkBlocks(each.blocks, 'message')
  return list.data
}

function metadataOf(given: unknown) {
  const parsed = metadata.safeParse(given)
  if (!parsed.success) throw new Refusal('invalid_metadata_format')
  if (JSON.stringify(parsed.data).length > 16_000) throw new Refusal('metadata_too_large')
  return parsed.data
}

const author = ({ install }: Call) => ({
  userId: install.botUserId,
  botId: install.botId,
  appId: install.appId,
})

function customised(
  call: Call,
  args: { username?: string | undefined; icon_url?: string | undefined },
): void {
  if (args.username === undefined && args.icon_url === undefined) return
  if (!call.install.scopes.includes('chat:write.customize')) {
    throw new Refusal('missing_scope', {
      needed: 'chat:write.customize',
      provided: call.install.scopes.join(','),
    })
  }
}

const postMessage = method(
  'chat.postMessage',
  {
    scopes: ['chat:write'],
    tier: 'post',
    args: z.strictObject({
      ...content,
      ...look,
      thread_ts: words.optional(),
      reply_broadcast: flag.optional(),
      mrkdwn: flag.optional(),
      unfurl_links: flag.optional(),
      unfurl_media: flag.optional(),
    }),
  },
  (call, args) => {
    customised(call, args)
    const place = placeToPost(call, args.channel)
    const threadTs = rootFor(place.channel, args.thread_ts)
    const message = putMessage(call.world, place, {
      ...author(call),
      ...contentOf(args),
      ...(threadTs === undefined ? {} : { threadTs }),
      ...(args.reply_broadcast && threadTs ? { subtype: 'thread_broadcast' as const } : {}),
      unfurls: { links: args.unfurl_links ?? false, media: args.unfurl_media ?? true },
    })
    const shown = wireMessage(call.world, place, message, { metadata: true })
    return { channel: place.channel.id, ts: message.ts, message: shown }
  },
)

const postEphemeral = method(
  'chat.postEphemeral',
  {
    scopes: ['chat:write'],
    tier: 4,
    args: z.strictObject({ ...content, ...look, user: words, thread_ts: words.optional() }),
  },
  (call, args) => {
    customised(call, args)
    const place = placeToPost(call, args.channel)
    if (!place.channel.members.has(args.user)) throw new Refusal('user_not_in_channel')
    const threadTs = rootFor(place.channel, args.thread_ts)
    const message = putMessage(call.world, place, {
      ...author(call),
      ...contentOf(args),
      ...(threadTs === undefined ? {} : { threadTs }),
      onlyFor: args.user,
    })
    return { message_ts: message.ts }
  },
)

/** A message of this app that others can see: one for a single person cannot be changed. */
function ownMessage(call: Call, input: { channel: string; ts: string; refusal: string }) {
  const place = findChannel(call, input.channel)
  const message = findMessage(place.channel, input.ts)
  if (message.botId !== call.install.botId) throw new Refusal(input.refusal)
  return { place, message }
}

const update = method(
  'chat.update',
  {
    scopes: ['chat:write'],
    tier: 3,
    args: z.strictObject({
      ...content,
      ts: words,
      file_ids: json(z.array(z.string())).optional(),
      reply_broadcast: flag.optional(),
    }),
  },
  (call, args) => {
    const { message, place } = ownMessage(call, { ...args, refusal: 'cant_update_message' })
    if (place.channel.isArchived) throw new Refusal('is_archived')
    if (message.stream?.state === 'in_progress') throw new Refusal('streaming_state_conflict')
    const before = wireMessage(call.world, place, message)
    const { attachments, blocks, metadata: kept, text } = contentOf(args)
    // What is not said stays: only an empty list takes blocks or attachments away.
    if (args.blocks !== undefined || args.markdown_text !== undefined) message.blocks = blocks
    if (args.attachments !== undefined) message.attachments = attachments
    message.text = text
    if (kept) message.metadata = kept
    message.edited = { user: call.install.botUserId, ts: call.world.clock.ts() }
    emitChange(call.world, place, { message, before })
    const shown = wireMessage(call.world, place, message)
    return { channel: place.channel.id, ts: message.ts, text: message.text, message: shown }
  },
)

const remove = method(
  'chat.delete',
  {
    scopes: ['chat:write'],
    tier: 3,
    args: z.strictObject({ channel: words, ts: words, as_user: flag.optional() }),
  },
  (call, args) => {
    const { message, place } = ownMessage(call, { ...args, refusal: 'cant_delete_message' })
    removeMessage(call.world, place, message)
    return { channel: place.channel.id, ts: message.ts }
  },
)

const getPermalink = method(
  'chat.getPermalink',
  { tier: 'free', args: z.strictObject({ channel: words, message_ts: words }) },
  (call, args) => {
    const { channel, team } = findChannel(call, args.channel)
    const message = findMessage(channel, args.message_ts)
    return { channel: channel.id, permalink: permalinkOf(team.domain, message) }
  },
)

export function permalinkOf(domain: string, message: Message): string {
  const thread = message.threadTs ? `?thread_ts=${message.threadTs}&cid=${message.channelId}` : ''
  return `https://${domain}.slack.com/archives/${message.channelId}/p${message.ts.replace('.', '')}${thread}`
}

export const chat = [postMessage, postEphemeral, update, remove, getPermalink]
