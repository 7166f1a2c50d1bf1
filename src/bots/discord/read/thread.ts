import { LoomError } from '../../../core/errors.ts'
import { limits } from '../../../core/limits.ts'
import { parseThreadId, type ThreadId } from '../../../core/thread-id.ts'
import type { Store } from '../../../storage/database.ts'
import { loadInstallation } from '../../../storage/installations/find.ts'
import type { ReadMessage, ReadThread, ThreadReader } from '../../read-history.ts'
import type { Channels } from '../channels.ts'
import type { DiscordRest } from '../rest.ts'
import { byAge, momentOf, snowflakeAt } from '../snowflake.ts'
import { linksIn } from './links.ts'
import { isSaid, type Reading, readMessage, starterType } from './message.ts'
import { pointerOf, readLinked, readOne } from './pointed-at.ts'
import { type DiscordMessage, messagesShape } from './shape.ts'

const pageSize = 100
/** What stands behind the prompt is read as well, up to here. */
const mostPages = 6
const unknownChannel = 10_003

export interface DiscordReaderDeps {
  store: Store
  rest: DiscordRest
  channels: Channels
  self: () => { botUserId: string; appId: string }
  botRoleOf: (guildId: string) => string | undefined
}

type Asked = Parameters<ThreadReader>[0]

interface At extends Asked {
  guildId: string | undefined
  reading: Reading
}

/**
 * Reads what was said in a thread: the newest of it, what its thread began with and what the prompt answers, Loom's own
 * words left out, with the messages that it points at as far as they may be shown there; of a thread that is known, only
 * those that its prompt points at.
 */
export function createThreadReader(deps: DiscordReaderDeps): ThreadReader {
  return async (input) => {
    const { guildId, reading } = await readingOf(deps, input)
    const at = { ...input, guildId, reading }
    return input.known ? readPrompt(deps, at) : readAll(deps, at)
  }
}

/** What a follow-up points at: its thread came as events. */
async function readPrompt({ rest }: DiscordReaderDeps, at: At): Promise<ReadThread> {
  const { prompt = '' } = at
  const links = linksIn(prompt).filter(({ channel }) => channel !== parseThreadId(at.thread).thread)
  if (links.length === 0) return { messages: [] }
  const message = { key: '', text: prompt }
  const spoken = [{ message, pointers: links.map(pointerOf) }]
  const messages = await readLinked(rest, { ...at, here: hereOf(at.thread), spoken })
  return { messages, ...(message.text === prompt ? {} : { prompt: message.text }) }
}

async function readAll({ channels, rest }: DiscordReaderDeps, at: At): Promise<ReadThread> {
  const { reading, signal, thread, untilMs } = at
  const { channel, thread: id } = parseThreadId(thread)
  const pages = await readPages(rest, at, id)
  const starters = await readStarter(rest, { channel, id, found: pages })
  const said = unique([...pages, ...starters].flatMap(withAnswered))
    .filter((message) => isSaid(message))
    .sort(byAge)
  const isWhole = channel === id && channels.known(id)?.guildId !== undefined
  const spoken = said.flatMap((one) => {
    const { links, message, ...read } = readMessage(one, reading)
    if (message.author.kind === 'loom') return []
    // Where a whole channel is the thread, only what calls Loom there is meant for it.
    const isOrder =
      message.author.kind === 'person' && !read.beginsWithOther && (!isWhole || read.mentionsLoom)
    const order = momentOf(one.id) > untilMs && one.channel_id === id && isOrder
    const words: ReadMessage = { ...message, ...(order ? { order } : {}) }
    return [{ message: words, pointers: links.map(pointerOf) }]
  })
  const linked = await readLinked(rest, { ...at, here: hereOf(thread), spoken, signal })
  const messages = [...linked, ...spoken.map(({ message }) => message)].filter(
    ({ files, text }) => text !== '' || files.length > 0,
  )
  return { messages: messages.sort((one, other) => one.saidAtMs - other.saidAtMs) }
}

/** Newest first, until there is as much from before the prompt as a brief takes. */
async function readPages(rest: DiscordRest, at: At, channelId: string): Promise<DiscordMessage[]> {
  const found: DiscordMessage[] = []
  const until = BigInt(snowflakeAt(at.untilMs + 1))
  for (let page = 0, before: string | undefined; page < mostPages; page += 1) {
    at.signal.throwIfAborted()
    const asked = await rest.attempt({
      method: 'GET',
      route: `/channels/${channelId}/messages`,
      query: { limit: String(pageSize), ...(before === undefined ? {} : { before }) },
    })
    if (!asked.ok) {
      // The thread is made with Loom's first word in it.
      if (asked.fault.code === unknownChannel) return found
      throw asked.fault.error
    }
    const messages = messagesShape.parse(asked.result)
    found.push(...messages)
    const earlier = found.filter(({ id }) => BigInt(id) < until)
    const chars = earlier.reduce((sum, { content }) => sum + content.length, 0)
    if (messages.length < pageSize || earlier.length > limits.threadMessages || chars > limits.threadChars)
      break
    before = messages.at(-1)?.id
  }
  return found
}

/** The message from which a thread was made stands in the channel above it. */
async function readStarter(
  rest: DiscordRest,
  { channel, found, id }: { channel: string; id: string; found: readonly DiscordMessage[] },
): Promise<DiscordMessage[]> {
  const isThere = found.some((message) => message.id === id || message.type === starterType)
  if (channel === id || isThere) return []
  const starter = await readOne(rest, { channel, message: id })
  return starter ? [starter] : []
}

/** With the message that it answers, or that its thread began with, before it. */
function withAnswered(message: DiscordMessage): DiscordMessage[] {
  const { referenced_message: answered } = message
  return answered ? [{ ...answered, referenced_message: undefined }, message] : [message]
}

/** Each once; where one stands there twice, as it was read by itself. */
function unique(messages: readonly DiscordMessage[]): DiscordMessage[] {
  const byId = new Map<string, DiscordMessage>()
  for (const message of messages) {
    const known = byId.get(message.id)
    if (!known || (known.referenced_message === undefined && message.referenced_message !== undefined))
      byId.set(message.id, message)
  }
  return [...byId.values()]
}

function hereOf(thread: ThreadId): string[] {
  const { channel, thread: id } = parseThreadId(thread)
  return [channel, id]
}

async function readingOf(
  deps: DiscordReaderDeps,
  { installationId, tenantId }: Asked,
): Promise<Pick<At, 'guildId' | 'reading'>> {
  const context = { tenantId, actor: { kind: 'system' } } as const
  const installation = await loadInstallation(deps.store, context, { installationId })
  if (!installation || installation.revoked)
    throw new LoomError({ kind: 'forbidden', message: 'This server has no Loom any more.' })
  const guildId = installation.kind === 'guild' ? installation.externalId : undefined
  return {
    guildId,
    reading: {
      ...deps.self(),
      botRoleId: guildId === undefined ? undefined : deps.botRoleOf(guildId),
      channelNameOf: (id) => deps.channels.known(id)?.name,
    },
  }
}
