import { parseThreadId, type ThreadId, threadId } from '../../../core/thread-id.ts'
import type { Store } from '../../../storage/database.ts'
import { findThread } from '../../../storage/threads/find.ts'
import { type CameDeletion, type CameMessage, systemOf } from '../../take/came.ts'
import { whyNotHere } from '../../take/refusals.ts'
import { type Channel, isThread, isThreadable, threadOf } from '../channels.ts'
import type { DiscordPlace } from '../places.ts'
import { answersLoom, messageKey, type Reading, readMessage } from '../read/message.ts'
import type { DiscordMessage } from '../read/shape.ts'
import { momentOf } from '../snowflake.ts'

interface Heard {
  message: DiscordMessage
  channel: Channel
  place: DiscordPlace
  reading: Reading
  kind: CameMessage['kind']
  /** It is read after a time in which nothing was heard. */
  late?: boolean
}

/** A message of Discord as the flow of all platforms takes it. */
export async function cameOf(deps: { store: Store }, heard: Heard): Promise<CameMessage> {
  const { channel, kind, late = false, message, place, reading } = heard
  const { links, message: words, ...read } = readMessage(message, reading)
  const direct = message.guild_id === undefined && channel.guildId === undefined
  const thread = await threadFor(deps, heard)
  const parts = parseThreadId(thread)
  const isFirst = parts.thread === message.id
  const edited = message.edited_timestamp
  return {
    ...{ kind, thread, key: messageKey(message.id), message: words, beside: false },
    rootKey: isFirst ? undefined : messageKey(parts.thread),
    begunAtMs: momentOf(parts.thread),
    begunByLoom: isThread(channel) && channel.ownerId === place.botUserId,
    ...(kind === 'changed' && edited ? { edit: { id: edited, atMs: Date.parse(edited) } } : {}),
    said: {
      ...read,
      author: words.author.kind,
      direct,
      // Where a channel has no threads, what people say to each other there is not meant for Loom.
      reply: !isFirst && (isThread(channel) || direct || read.mentionsLoom),
      botMayOrder: [channel.id, parts.channel].some((id) => place.settings.botChannels.includes(id)),
    },
    late,
    pointsElsewhere: links.length > 0 || Boolean(message.referenced_message),
    whyNot: whyNotHere({ channel: parts.channel, direct, external: false }, place),
  }
}

/**
 * The thread of a message; for one that answers Loom beside a thread, the thread that hangs on what it answers or, in a
 * server with too many threads, would hang on what Loom answered there.
 */
async function threadFor(deps: { store: Store }, heard: Heard): Promise<ThreadId> {
  const { channel, message, place, reading } = heard
  const answered = message.referenced_message
  if (answered && isThreadable(channel) && answersLoom(message, reading)) {
    for (const id of [answered.id, answered.message_reference?.message_id]) {
      if (id === undefined) continue
      const thread = threadId('discord', channel.id, id)
      if (await findThread(deps.store, systemOf(place), { thread })) return thread
    }
  }
  return threadOf(channel, message.id)
}

/** A message that was taken back: Discord says no more of it than where it stood. */
export function deletionOf(channel: Channel, messageId: string): CameDeletion {
  return { kind: 'deleted', thread: threadOf(channel, messageId), key: messageKey(messageId), beside: true }
}
