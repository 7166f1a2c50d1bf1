import type { ThreadMessage } from '../../../core/brief.ts'
import type { SlackSide } from '../clients.ts'
import { fromSlack } from './faults.ts'
import { type Loose, textOf } from './loose.ts'
import type { ReadMessage } from './message.ts'
import type { Permalink } from './permalinks.ts'
import type { SlackReaderDeps } from './reader-deps.ts'
import { isOwn, type Reading, threadMessageOf } from './thread-message.ts'

/** How many messages that a thread points at are read. */
const mostPointedAt = 10

interface Spoken {
  message: { key: string; text: string }
  read: Pick<ReadMessage, 'permalinks'>
}

interface PointedAt {
  tenantId: string
  reading: Reading
  spoken: readonly Spoken[]
  signal: AbortSignal
}

/**
 * The messages that a thread points at by permalinks. Only those that everyone in the thread may see anyhow: from the
 * same channel, or from a public channel of the workspace. Of the others the message that points at them says that
 * they were not taken.
 */
export async function readPointedAt(
  deps: SlackReaderDeps,
  side: SlackSide,
  input: PointedAt,
): Promise<ThreadMessage[]> {
  const { reading, signal, spoken } = input
  const here = new Set(spoken.map(({ message }) => message.key))
  const found: ThreadMessage[] = []
  const isPublic = new Map<string, Promise<boolean>>()
  let asked = 0
  for (const said of spoken) {
    for (const link of said.read.permalinks) {
      signal.throwIfAborted()
      if (here.has(`slack:${reading.teamId}:${link.channel}:${link.ts}`)) continue
      asked += 1
      if (asked > mostPointedAt) {
        note(said, `(Loom did not follow ${link.url}: too many links.)`)
        continue
      }
      const look = isPublic.get(link.channel) ?? mayBeShown(side, { link, channel: reading.channel })
      isPublic.set(link.channel, look)
      const message = (await look) ? await readOne(side, link) : undefined
      if (message && !isOwn(message, reading))
        found.push(await inWords(deps, side, { ...input, link, message }))
      else if (!message)
        note(said, `(Loom did not take what ${link.url} points at: ${notTaken(await look)}.)`)
    }
  }
  return found
}

/** Said once, however often a thread is read. */
function note({ message }: Spoken, sentence: string): void {
  if (!message.text.includes(sentence)) message.text += `\n${sentence}`
}

function notTaken(visible: boolean): string {
  return visible ? 'there is no such message' : 'it stands in another place that is not public'
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
