import type { ThreadMessage } from '../core/brief.ts'
import { LoomError, toLoomError } from '../core/errors.ts'
import { limits } from '../core/limits.ts'
import type { ObjectStore } from '../core/ports.ts'
import type { ThreadId } from '../core/thread-id.ts'
import {
  type FetchedAttachment,
  type PendingAttachment,
  pendingAttachments,
  recordAttachments,
} from '../storage/briefs/attachments.ts'
import type { Store } from '../storage/database.ts'
import type { TaskRun } from '../storage/leases/runner.ts'
import { objectKeys } from '../storage/objects/keys.ts'
import { commitSteps } from '../storage/steps/commit.ts'

/**
 * Brings one attachment into the object store under the key of its hash. Throws `LoomError` with the sentence for the
 * person when the file cannot be had; `retryable` when the platform may give it later.
 */
export type FileFetcher = (input: {
  tenantId: string
  installationId: string
  source: string
  objects: ObjectStore
  key: (sha256: string) => string
  limitBytes: number
  signal: AbortSignal
}) => Promise<{ sha256: string; bytes: number; head: Uint8Array }>

/**
 * Reads what was said in a thread until a moment, oldest first. Throws `LoomError` with the sentence for the person when
 * it may not; `retryable` when the platform may let it later.
 */
export type ThreadReader = (input: {
  tenantId: string
  installationId: string
  thread: ThreadId
  untilMs: number
  signal: AbortSignal
}) => Promise<readonly ThreadMessage[]>

export interface GatherDeps {
  store: Store
  fetchFile: FileFetcher
  nameFor: (name: string, taken: Set<string>) => string
  mediaTypeOf: (path: string, head: Uint8Array) => string
  onDone: () => void
}

/** How many files are noted in one transaction: what a killed process has to fetch again at most. */
const noteEvery = 20

/**
 * Fetches the files of a job's brief. A file that cannot be taken is noted with its reason and the brief goes on
 * without it; when not one of several could be taken, the job ends and says why.
 */
export async function gatherFiles(deps: GatherDeps, run: TaskRun): Promise<void> {
  const context = { tenantId: run.held.tenantId, actor: { kind: 'system' } } as const
  const waiting = await pendingAttachments(deps.store, context, run.held)
  const { installationId, pending, storedBytes, storedPaths } = waiting
  const progress = { installationId, taken: new Set(storedPaths), bytes: storedBytes }
  let kept = storedPaths.length
  let lastRefusal = run.task.attachments.find((item) => item.state === 'refused')?.reason
  for (let at = 0; at < pending.length; at += noteEvery) {
    const fetched: FetchedAttachment[] = []
    for (const attachment of pending.slice(at, at + noteEvery)) {
      const item = await fetchOne(deps, run, { attachment, progress })
      fetched.push(item)
      if (item.state === 'stored') kept += 1
      else lastRefusal = item.reason
    }
    const noted = await recordAttachments(deps.store, context, {
      task: run.held,
      holder: run.holder,
      fetched,
    })
    if (!noted)
      throw new LoomError({ kind: 'lease_lost', message: 'The job went on elsewhere or has ended.' })
  }
  if (kept === 0) {
    throw new LoomError({
      kind: 'invalid_input',
      message: `None of the files could be read. ${lastRefusal ?? ''}`.trim(),
    })
  }
  await finish(deps, run)
}

async function fetchOne(
  deps: GatherDeps,
  run: TaskRun,
  input: {
    attachment: PendingAttachment
    progress: { installationId: string; taken: Set<string>; bytes: number }
  },
): Promise<FetchedAttachment> {
  const { attachment, progress } = input
  const { id, name } = attachment
  try {
    const left = limits.briefBytes - progress.bytes
    if (left <= 0) throw tooMuch()
    const { bytes, head, sha256 } = await deps.fetchFile({
      tenantId: run.held.tenantId,
      installationId: progress.installationId,
      source: attachment.source,
      objects: deps.store.objects,
      key: (hash) => objectKeys.blob(run.held, hash),
      limitBytes: Math.min(limits.fileBytes, left),
      signal: run.signal,
    })
    const path = deps.nameFor(name, progress.taken)
    progress.taken.add(path)
    progress.bytes += bytes
    return { id, state: 'stored', path, sha256, bytes, mediaType: deps.mediaTypeOf(path, head) }
  } catch (thrown) {
    run.signal.throwIfAborted()
    const error = toLoomError(thrown)
    if (error.retryable || error.kind === 'internal') throw thrown
    return { id, state: 'refused', name, reason: error.message }
  }
}

function tooMuch(): LoomError {
  return new LoomError({
    kind: 'too_large',
    message: `The files of this brief together pass the limit of ${limits.briefBytes / 1_000_000} MB.`,
  })
}

async function finish(deps: GatherDeps, run: TaskRun): Promise<void> {
  const context = { tenantId: run.held.tenantId, actor: { kind: 'system' } } as const
  const [result] = await commitSteps(deps.store, context, {
    holder: run.holder,
    commits: [
      {
        task: run.held,
        budgetKeys: run.task.budgetKeys,
        answers: false,
        files: [],
        releaseMicroUsd: 0,
        wantMicroUsd: 0,
        leastMicroUsd: 0,
        outcome: { state: 'done', result: '' },
      },
    ],
  })
  if (!result?.held)
    throw new LoomError({ kind: 'lease_lost', message: 'The job went on elsewhere or has ended.' })
  if (result.freed > 0) deps.onDone()
}
