import { LoomError } from '../../../core/errors.ts'
import { parseThreadId, type ThreadId } from '../../../core/thread-id.ts'
import { loadInstallation } from '../../../storage/installations/find.ts'
import type { ReadMessage, ReadThread, ThreadReader } from '../../read-history.ts'
import type { SlackSide } from '../clients.ts'
import { fromSlack, slackCode } from './faults.ts'
import { type Loose, textOf, wordOf } from './loose.ts'
import { isOrder, mayBeOrder, withoutStrangers } from './orders.ts'
import { permalinksIn } from './permalinks.ts'
import { readPointedAt } from './pointed-at.ts'
import type { SlackReaderDeps } from './reader-deps.ts'
import { isOwn, momentOf, type Reading, threadMessageOf } from './thread-message.ts'

/** As many as Slack gives a commercially distributed app at once. */
const pageSize = 15
/** A longer thread is read to here, and says so. */
const mostMessages = 600
const mostUnfinished = 200

type Asked = Parameters<ThreadReader>[0]

/** What was read of a thread before Slack asked for patience: where to go on. */
interface Unfinished {
  found: Loose[]
  cursor: string | undefined
}

/**
 * Reads what was said in a thread, Loom's own words left out, with the messages that it points at as far as they may be
 * shown there; of a thread that is known, only those that its prompt points at, and nothing where it points at none. When Slack asks for patience, throws `rate_limited` with the wait; the next try in
 * this process goes on from the page that was refused.
 */
export function createThreadReader(deps: SlackReaderDeps): ThreadReader {
  const unfinished = new Map<string, Unfinished>()

  return async (input) => {
    if (input.known) return readPrompt(deps, input)
    const side = await deps.clients.sideOf(input)
    const key = `${input.installationId}:${input.thread}`
    const progress = unfinished.get(key) ?? { found: [], cursor: undefined }
    unfinished.delete(key)
    try {
      await readPages(side, { ...input, progress })
      const reading = await readingOf(deps, side, input)
      const said = progress.found.filter((message) => !isOwn(message, reading))
      return await inWords(deps, side, { ...input, reading, said, cut: progress.cursor !== undefined })
    } catch (thrown) {
      input.signal.throwIfAborted()
      const error = fromSlack(thrown)
      if (error.retryable) {
        unfinished.set(key, progress)
        const [oldest] = unfinished.keys()
        if (unfinished.size > mostUnfinished && oldest !== undefined) unfinished.delete(oldest)
      }
      throw error
    }
  }
}

/** What a follow-up points at: its thread came as events. */
async function readPrompt(deps: SlackReaderDeps, input: Asked): Promise<ReadThread> {
  const { prompt = '', signal } = input
  const { channel, thread } = parseThreadId(input.thread)
  const isHere = (link: { channel: string; ts: string; threadTs: string | undefined }) =>
    link.channel === channel && (link.threadTs ?? link.ts) === thread
  const permalinks = permalinksIn(prompt).filter((link) => !isHere(link))
  if (permalinks.length === 0) return { messages: [] }
  const side = await deps.clients.sideOf(input)
  try {
    const reading = await readingOf(deps, side, input)
    const message = { key: '', text: prompt }
    const spoken = [{ message, read: { permalinks } }]
    const messages = await readPointedAt(deps, side, { tenantId: input.tenantId, reading, spoken, signal })
    return { messages, ...(message.text === prompt ? {} : { prompt: message.text }) }
  } catch (thrown) {
    signal.throwIfAborted()
    throw fromSlack(thrown)
  }
}

async function readPages(side: SlackSide, input: Asked & { progress: Unfinished }): Promise<void> {
  const { progress } = input
  const { channel, thread } = parseThreadId(input.thread)
  const complete = progress.found.length > 0 && progress.cursor === undefined
  while (!complete && progress.found.length < mostMessages) {
    input.signal.throwIfAborted()
    const page = await side.client.conversations
      .replies({
        channel,
        ts: thread,
        limit: pageSize,
        inclusive: true,
        ...(progress.cursor === undefined ? {} : { cursor: progress.cursor }),
      })
      .catch(noThread)
    // Every page begins with the root.
    const seen = new Set(progress.found.map(({ ts }) => ts))
    const messages = (page.messages ?? []) as unknown as Loose[]
    progress.found.push(...messages.filter(({ ts }) => !seen.has(ts)))
    progress.cursor = wordOf(page.response_metadata?.next_cursor)
    if (progress.cursor === undefined) return
  }
}

/** The root was deleted: what is left of the thread cannot be read, and the brief goes on with what it has. */
function noThread(thrown: unknown): { messages: never[]; response_metadata?: { next_cursor?: string } } {
  if (slackCode(thrown) === 'thread_not_found') return { messages: [] }
  throw thrown
}

async function readingOf(
  deps: SlackReaderDeps,
  side: SlackSide,
  input: { tenantId: string; installationId: string; thread: ThreadId },
): Promise<Reading> {
  const { tenantId } = input
  const context = { tenantId, actor: { kind: 'system' } } as const
  const installation = await loadInstallation(deps.store, context, input)
  if (!installation)
    throw new LoomError({ kind: 'forbidden', message: 'This workspace has no Loom any more.' })
  return {
    teamId: installation.externalId,
    channel: parseThreadId(input.thread).channel,
    botUserId: side.botUserId,
    appId: side.appId,
    nameOf: (id) => deps.names.known(tenantId, id),
  }
}

async function inWords(
  deps: SlackReaderDeps,
  side: SlackSide,
  input: Asked & { reading: Reading; said: readonly Loose[]; cut: boolean },
): Promise<ReadThread> {
  const { reading, said, signal, tenantId, untilMs } = input
  const first = said.map((message) => threadMessageOf(message, reading))
  const authors = first.flatMap(({ message }) => (message.author.name ? [] : [message.author.externalId]))
  const ids = [...authors, ...first.flatMap(({ read }) => read.nameless)]
  await deps.names.learn(side, { tenantId, ids, signal })
  const later = said.filter((message) => momentOf(textOf(message.ts)) > untilMs && mayBeOrder(message))
  const orders = new Set(await withoutStrangers(side, { messages: later, reading }))
  const spoken = said.map((message) => {
    const { message: words, read } = threadMessageOf(message, reading)
    const order = orders.has(message) && isOrder(words.author, read)
    return { message: { ...words, ...(order ? { order } : {}) }, read }
  })
  const pointedAt = await readPointedAt(deps, side, { ...input, spoken })
  const messages: ReadMessage[] = [...pointedAt, ...spoken.map(({ message }) => message)].filter(
    ({ files, text }) => text !== '' || files.length > 0,
  )
  messages.sort((one, other) => one.saidAtMs - other.saidAtMs)
  const last = messages.findLast(({ order }) => !order)
  if (input.cut && last) {
    last.text = `${last.text}\n(The thread goes on; Loom read its first ${mostMessages} messages.)`
  }
  return { messages }
}
