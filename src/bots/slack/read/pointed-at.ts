import type { ThreadMessage } from '../../../core/brief.ts'
import { readPointedAt as readPointed } from '../../read/pointed-at.ts'
import type { SlackSide } from '../clients.ts'
import { fromSlack } from './faults.ts'
import { type Loose, textOf } from './loose.ts'
import type { ReadMessage } from './message.ts'
import type { Permalink } from './permalinks.ts'
import type { SlackReaderDeps } from './reader-deps.ts'
import { isOwn, messageKey, type Reading, threadMessageOf } from './thread-message.ts'

interface PointedAt {
  tenantId: string
  reading: Reading
  spoken: readonly { message: { key: string; text: string }; read: Pick<ReadMessage, 'permalinks'> }[]
  signal: AbortSignal
}

type Pointer = Permalink & { key: string }

/** The messages that a thread points at by permalinks: from the same channel, or from a public one of the workspace. */
export async function readPointedAt(
  deps: SlackReaderDeps,
  side: SlackSide,
  input: PointedAt,
): Promise<ThreadMessage[]> {
  const { reading, signal } = input
  const pointerOf = (link: Permalink): Pointer => ({ ...link, key: messageKey({ ...reading, ...link }) })
  const spoken = input.spoken.map(({ message, read }) => ({
    message,
    pointers: read.permalinks.map(pointerOf),
  }))
  return readPointed<Pointer>(
    {
      mayBeShown: (link) => mayBeShown(side, { link, channel: reading.channel }),
      async read(link) {
        const message = await readOne(side, link)
        if (!message) return undefined
        return isOwn(message, reading) ? 'own' : inWords(deps, side, { ...input, link, message })
      },
    },
    { spoken, signal },
  )
}

/** Never more public: from elsewhere only what everyone in the workspace can read. */
async function mayBeShown(side: SlackSide, input: { link: Permalink; channel: string }): Promise<boolean> {
  if (input.link.channel === input.channel) return true
  if (!input.link.channel.startsWith('C')) return false
  try {
    const { channel } = await side.client.conversations.info({ channel: input.link.channel })
    return channel?.is_channel === true && channel.is_private === false && channel.is_ext_shared !== true
  } catch (thrown) {
    const error = fromSlack(thrown)
    if (error.retryable) throw error
    return false
  }
}

async function readOne(side: SlackSide, link: Permalink): Promise<Loose | undefined> {
  try {
    const { messages } = await side.client.conversations.replies({
      channel: link.channel,
      ts: link.threadTs ?? link.ts,
      oldest: link.ts,
      latest: link.ts,
      inclusive: true,
      limit: 2,
    })
    return ((messages ?? []) as unknown as Loose[]).find((message) => textOf(message.ts) === link.ts)
  } catch (thrown) {
    const error = fromSlack(thrown)
    if (error.retryable) throw error
    return undefined
  }
}

async function inWords(
  deps: SlackReaderDeps,
  side: SlackSide,
  input: PointedAt & { link: Permalink; message: Loose },
): Promise<ThreadMessage> {
  const { link, message, signal, tenantId } = input
  const reading = { ...input.reading, channel: link.channel }
  const first = threadMessageOf(message, reading)
  const author = first.message.author.name ? [] : [first.message.author.externalId]
  await deps.names.learn(side, { tenantId, ids: [...author, ...first.read.nameless], signal })
  const said = threadMessageOf(message, reading).message
  return { ...said, text: `(From ${link.url}) ${said.text}` }
}
