import type { ThreadMessage } from '../../../core/brief.ts'
import { LoomError } from '../../../core/errors.ts'
import { parseThreadId, type ThreadId } from '../../../core/thread-id.ts'
import { loadInstallation } from '../../../storage/installations/find.ts'
import { changeThreadMessage } from '../../../storage/threads/change.ts'
import type { SlackSide } from '../clients.ts'
import { fromSlack, slackCode } from './faults.ts'
import { type Loose, textOf, wordOf } from './loose.ts'
import { readPointedAt } from './pointed-at.ts'
import type { SlackReaderDeps } from './reader-deps.ts'
import { isOwn, momentOf, type Reading, threadMessageOf } from './thread-message.ts'

/** As many as Slack gives a commercially distributed app at once. */
const pageSize = 15
/** A longer thread is read to here, and says so. */
const mostMessages = 600
const mostUnfinished = 200

interface ReadThread {
  tenantId: string
  installationId: string
  thread: ThreadId
  untilMs: number
  signal: AbortSignal
}

/** What was read of a thread before Slack asked for patience: where to go on. */
interface Unfinished {
  found: Loose[]
  cursor: string | undefined
}

/**
 * Reads what was said in a thread before a moment, Loom's own words left out, with the messages that it points at as
 * far as they may be shown there. When Slack asks for patience, throws `rate_limited` with the wait; the next try in
 * this process goes on from the page that was refused.
 */
export function createThreadReader(deps: SlackReaderDeps) {
  const unfinished = new Map<string, Unfinished>()

  return async (input: ReadThread): Promise<readonly ThreadMessage[]> => {
    const side = await deps.clients.sideOf(input)
    const key = `${input.installationId}:${input.thread}`
    const progress = unfinished.get(key) ?? { found: [], cursor: undefined }
    unfinished.delete(key)
    try {
      await readPages(side, { ...input, progress })
      const reading = await readingOf(deps, side, input)
      const said = progress.found.filter(
        (message) => momentOf(textOf(message.ts)) <= input.untilMs && !isOwn(message, reading),
      )
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

async function readPages(side: SlackSide, input: ReadThread & { progress: Unfinished }): Promise<void> {
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
    const last = progress.found.at(-1)
    const isPast = last !== undefined && momentOf(textOf(last.ts)) > input.untilMs
    if (progress.cursor === undefined || isPast) {
      progress.cursor = undefined
      return
    }
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

/** Messages that came as events were kept with ids for names that nobody knew yet: now they are known. */
async function spellNames(
  deps: SlackReaderDeps,
  { tenantId, thread }: ReadThread,
  spoken: readonly { message: ThreadMessage }[],
): Promise<void> {
  const context = { tenantId, actor: { kind: 'system' } } as const
  for (const { message } of spoken) {
    await changeThreadMessage(deps.store, context, { thread, key: message.key, text: message.text })
  }
}

async function inWords(
  deps: SlackReaderDeps,
  side: SlackSide,
  input: ReadThread & { reading: Reading; said: readonly Loose[]; cut: boolean },
): Promise<ThreadMessage[]> {
  const { reading, said, signal, tenantId } = input
  const first = said.map((message) => threadMessageOf(message, reading))
  const authors = first.flatMap(({ message }) => (message.author.name ? [] : [message.author.externalId]))
  const ids = [...authors, ...first.flatMap(({ read }) => read.nameless)]
  await deps.names.learn(side, { tenantId, ids, signal })
  const spoken = said.map((message) => threadMessageOf(message, reading))
  await spellNames(
    deps,
    input,
    spoken.filter((_, at) => (first[at]?.read.nameless.length ?? 0) > 0),
  )
  const pointedAt = await readPointedAt(deps, side, { ...input, spoken })
  const messages = [...pointedAt, ...spoken.map(({ message }) => message)].filter(
    ({ files, text }) => text !== '' || files.length > 0,
  )
  messages.sort((one, other) => one.saidAtMs - other.saidAtMs)
  const last = messages.at(-1)
  if (input.cut && last) {
    messages[messages.length - 1] = {
      ...last,
      text: `${last.text}\n(The thread goes on; Loom read its first ${mostMessages} messages.)`,
    }
  }
  return messages
}
