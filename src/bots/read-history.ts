import type { ThreadMessage } from '../core/brief.ts'
import { toLoomError } from '../core/errors.ts'
import { parseThreadId, type ThreadId } from '../core/thread-id.ts'
import type { Platform } from '../core/words.ts'
import { acceptMention } from '../storage/briefs/accept.ts'
import type { Gathering } from '../storage/briefs/gathering.ts'
import type { Store } from '../storage/database.ts'
import { sayInThread } from '../storage/deliveries/say.ts'
import { ensurePerson } from '../storage/identities/ensure.ts'
import type { TaskRun } from '../storage/leases/runner.ts'
import { keepHistory } from '../storage/threads/keep-history.ts'

/** A message as it was read. `order`: a person said it to Loom after the prompt, as one more word for its job. */
export interface ReadMessage extends ThreadMessage {
  order?: boolean
}

export interface ReadThread {
  messages: readonly ReadMessage[]
  /** The prompt as it reads now, where something is to be said of what it points at. */
  prompt?: string
}

/**
 * Reads what was said in a thread, oldest first: until a moment, the prompt's, as context, and after it as orders where
 * they are some. A `known` thread is here already: only what the prompt points at is read. Throws `LoomError` with the
 * sentence for the person when it may not; `retryable` when the platform may let it later.
 */
export type ThreadReader = (input: {
  tenantId: string
  installationId: string
  thread: ThreadId
  untilMs: number
  known?: boolean
  prompt?: string
  signal: AbortSignal
}) => Promise<ReadThread>

export interface HistoryDeps {
  store: Store
  /** How the thread of a platform is read, where it can be. */
  threadReaders?: Partial<Record<Platform, ThreadReader>>
}

/**
 * Reads the thread, or of a known one what the prompt points at, and keeps it. Answers the reader's sentence when it
 * may not, which the thread is told once: the brief goes on with what is there.
 */
export async function readHistory(
  deps: HistoryDeps,
  run: TaskRun,
  at: Gathering,
): Promise<string | undefined> {
  const { historyRead: known, installationId, prompt, thread, untilMs } = at
  const { tenantId } = run.held
  const context = { tenantId, actor: { kind: 'system' } } as const
  const read = deps.threadReaders?.[parseThreadId(thread).platform]
  if (!read) return undefined
  let found: ReadThread
  try {
    found = await read({ tenantId, installationId, thread, untilMs, known, prompt, signal: run.signal })
  } catch (thrown) {
    run.signal.throwIfAborted()
    const error = toLoomError(thrown)
    if (error.retryable) throw thrown
    const { jobId } = run.held
    deps.store.log.warn({ tenantId, jobId, kind: error.kind, detail: error.detail }, 'a thread was not read')
    const text = `What was said here before could not be read. ${error.message}`
    await sayInThread(deps.store, context, { installationId, thread, subject: `history:${jobId}`, text })
    return error.message
  }
  if (known && found.messages.length === 0 && found.prompt === undefined) return undefined
  const orders = found.messages.filter(({ order, saidAtMs }) => order && saidAtMs > untilMs)
  for (const message of orders) await takeLate(deps, run, { installationId, thread, message })
  await keepHistory(deps.store, context, { task: run.held, holder: run.holder, ...found })
  return undefined
}

/**
 * What was said to the job before its mention had come in, and so was nothing to anybody then: taken as it would be now.
 * One that comes as an event as well is taken once.
 */
async function takeLate(
  deps: HistoryDeps,
  run: TaskRun,
  input: { installationId: string; thread: ThreadId; message: ReadMessage },
): Promise<void> {
  run.signal.throwIfAborted()
  const { installationId, message, thread } = input
  const { jobId, tenantId } = run.held
  const { author, files, key, saidAtMs, text } = message
  const { platform } = parseThreadId(thread)
  const system = { tenantId, actor: { kind: 'system' } } as const
  const { identityId } = await ensurePerson(deps.store, system, {
    platform,
    externalId: author.externalId,
    ...(author.name === undefined ? {} : { name: author.name }),
  })
  const context = { tenantId, actor: { kind: 'person', identityId } } as const
  const mention = { thread, key, author, text, files, saidAtMs }
  try {
    await acceptMention(deps.store, context, { mention, installationId, identityId, forJobId: jobId })
  } catch (thrown) {
    // No words, too many, or of somebody who is ignored: it is kept as far as it may be, and orders nothing.
    if (!notTaken.has(toLoomError(thrown).kind)) throw thrown
  }
}

const notTaken = new Set(['invalid_input', 'too_large', 'forbidden'])
