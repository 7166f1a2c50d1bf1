import { z } from 'zod'
import { checkBlocks } from '../blocks/check.ts'
import { emitChange, putMessage } from '../post.ts'
import { wireMessage } from '../wire.ts'
import type { Block, Message } from '../world.ts'
import { contentOf } from './chat.ts'
import { type Call, json, method, Refusal, words } from './method.ts'
import { findChannel, findMessage, placeToPost, rootFor } from './places.ts'

const livesMs = 300_000

const source = z.strictObject({ type: z.literal('url'), url: words, text: words })
const chunk = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('markdown_text'), text: words }),
  z.strictObject({ type: z.literal('plan_update'), title: words }),
  z.strictObject({ type: z.literal('blocks'), blocks: z.array(z.unknown()) }),
  z.strictObject({
    type: z.literal('task_update'),
    id: words,
    title: words,
    status: z.enum(['pending', 'in_progress', 'complete', 'error']),
    details: words.optional(),
    output: words.optional(),
    sources: z.array(source).optional(),
  }),
])
const said = { markdown_text: words.optional(), chunks: json(z.unknown()).optional() }

interface Said {
  markdown_text?: string | undefined
  chunks?: unknown
}

const start = method(
  'chat.startStream',
  {
    scopes: ['chat:write'],
    tier: 2,
    args: z.strictObject({
      channel: words,
      thread_ts: words,
      ...said,
      recipient_team_id: words.optional(),
      recipient_user_id: words.optional(),
      task_display_mode: z.enum(['timeline', 'plan', 'dense']).optional(),
    }),
  },
  (call, args) => {
    const place = placeToPost(call, args.channel)
    const threadTs = rootFor(place.channel, args.thread_ts)
    if (place.channel.kind !== 'im' && !args.recipient_user_id) throw new Refusal('missing_recipient_user_id')
    if (place.channel.kind !== 'im' && !args.recipient_team_id) throw new Refusal('missing_recipient_team_id')
    const message = putMessage(call.world, place, {
      userId: call.install.botUserId,
      botId: call.install.botId,
      appId: call.install.appId,
      ...(threadTs === undefined ? {} : { threadTs }),
      stream: { startedAtMs: call.world.clock.now(), state: 'in_progress' },
    })
    append(message, args)
    return { channel: place.channel.id, ts: message.ts }
  },
)

const appendStream = method(
  'chat.appendStream',
  { scopes: ['chat:write'], tier: 4, args: z.strictObject({ channel: words, ts: words, ...said }) },
  (call, args) => {
    const { message } = living(call, args)
    if (args.markdown_text === undefined && args.chunks === undefined) throw new Refusal('no_text')
    append(message, args)
    return { channel: message.channelId, ts: message.ts }
  },
)

const stopStream = method(
  'chat.stopStream',
  {
    scopes: ['chat:write'],
    tier: 2,
    args: z.strictObject({
      channel: words,
      ts: words,
      ...said,
      blocks: json(z.unknown()).optional(),
      metadata: json(z.unknown()).optional(),
      session_status: z.enum(['active', 'processing', 'suspended', 'closed']).optional(),
    }),
  },
  (call, args) => {
    const { message, place, stream } = living(call, args)
    const before = wireMessage(call.world, place, message)
    append(message, args)
    if (args.blocks !== undefined) message.blocks.push(...checkBlocks(args.blocks, 'message'))
    if (args.metadata !== undefined) {
      const { metadata } = contentOf({ text: '-', metadata: args.metadata })
      if (metadata) message.metadata = metadata
    }
    stream.state = 'completed'
    const session = place.team.sessions.find((each) => each.threadTs === message.threadTs)
    if (session && args.session_status) {
      session.status = args.session_status
      session.history.push(args.session_status)
    }
    emitChange(call.world, place, { message, before })
    return { channel: message.channelId, ts: message.ts, message: wireMessage(call.world, place, message) }
  },
)

/** A stream of this app that still runs. After five minutes none does. */
function living(call: Call, args: { channel: string; ts: string }) {
  const place = findChannel(call, args.channel)
  const message = findMessage(place.channel, args.ts)
  if (message.botId !== call.install.botId) throw new Refusal('message_not_owned_by_app')
  const { stream } = message
  if (!stream) throw new Refusal('message_not_in_streaming_state')
  if (stream.state === 'stopped') throw new Refusal('stopped_by_user')
  if (call.world.clock.now() - stream.startedAtMs > livesMs && stream.state === 'in_progress')
    stream.state = 'errored'
  if (stream.state !== 'in_progress') throw new Refusal('message_not_in_streaming_state')
  return { place, message, stream }
}

function append(message: Message, args: Said): void {
  if (args.markdown_text !== undefined) addMarkdown(message, args.markdown_text)
  if (args.chunks === undefined) return
  const chunks = z.array(chunk).safeParse(args.chunks)
  if (!chunks.success) throw new Refusal('invalid_chunks')
  for (const each of chunks.data) {
    if (each.type === 'markdown_text') addMarkdown(message, each.text)
    if (each.type === 'blocks') message.blocks.push(...checkBlocks(each.blocks, 'message'))
    if (each.type === 'plan_update') planOf(message).title = each.title
    if (each.type === 'task_update') addTask(message, each)
  }
}

function addMarkdown(message: Message, text: string): void {
  if (text.length > 12_000) throw new Refusal('msg_too_long')
  const last = message.blocks.at(-1)
  if (last?.type === 'markdown') last.text = `${last.text}${text}`
  else message.blocks.push({ type: 'markdown', text })
  message.text += text
  if (message.text.length > 12_000) throw new Refusal('msg_blocks_too_long')
}

function planOf(message: Message): Block {
  const found = message.blocks.find((block) => block.type === 'plan')
  if (found) return found
  const plan: Block = { type: 'plan', title: '', tasks: [] }
  message.blocks.unshift(plan)
  return plan
}

function addTask(
  message: Message,
  task: { id: string; title: string; status: string; details?: string | undefined },
) {
  const tasks = planOf(message).tasks as Block[]
  const { details, id, status, title } = task
  const shown = { type: 'task_card', task_id: id, title, status, ...(details ? { details } : {}) }
  const at = tasks.findIndex((each) => each.task_id === id)
  if (at < 0) tasks.push(shown)
  else tasks[at] = shown
}

export const streams = [start, appendStream, stopStream]
