import { ownSources } from '../core/brief.ts'
import { LoomError, toLoomError } from '../core/errors.ts'
import { limits } from '../core/limits.ts'
import {
  type FetchedAttachment,
  type PendingAttachment,
  pendingAttachments,
  recordAttachments,
} from '../storage/briefs/attachments.ts'
import { type Gathered, type Gathering, loadGathering } from '../storage/briefs/gathering.ts'
import { takeContext } from '../storage/briefs/take-context.ts'
import type { TaskRun } from '../storage/leases/runner.ts'
import { objectKeys } from '../storage/objects/keys.ts'
import { commitSteps } from '../storage/steps/commit.ts'
import { ownFetcher } from './fetch-own.ts'
import type { FileFetcher } from './file-fetcher.ts'
import { type HistoryDeps, readHistory } from './read-history.ts'

export type { FileFetcher }

export interface GatherDeps extends HistoryDeps {
  fetchFile: FileFetcher
  nameFor: (name: string, taken: Set<string>) => string
  /** The same for what an earlier job made at a path of its workspace. */
  earlierNameFor: (path: string, taken: Set<string>) => string
  mediaTypeOf: (path: string, head: Uint8Array) => string
  onDone: () => void
}

/** How many files are noted in one transaction: what a killed process has to fetch again at most. */
const noteEvery = 20

/**
 * Gathers what a job's brief goes by: reads its thread once, cites what was said in it before, and fetches the files.
 * What cannot be taken is noted with its reason and the brief goes on without it; when files came with the prompt and
 * none at all could be taken, the job ends and says why. Killed anywhere, it is done again without harm.
 */
export async function gatherFiles(deps: GatherDeps, run: TaskRun): Promise<void> {
  const context = { tenantId: run.held.tenantId, actor: { kind: 'system' } } as const
  const gathering = await loadGathering(deps.store, context, run.held)
  if (!gathering) throw leaseLost()
  const unread = await readHistory(deps, run, gathering)
  const taken = await takeContext(deps.store, context, { task: run.held, holder: run.holder })
  await fetchFiles(deps, run, gathering)
  await finish(deps, run, { ...taken, ...(unread === undefined ? {} : { unread }) })
}

async function fetchFiles(deps: GatherDeps, run: TaskRun, at: Gathering): Promise<void> {
  const context = { tenantId: run.held.tenantId, actor: { kind: 'system' } } as const
  const { pending, storedBytes, storedPaths } = await pendingAttachments(deps.store, context, run.held)
  const { installationId } = at
  const progress = { installationId, taken: new Set(storedPaths), bytes: storedBytes }
  let kept = storedPaths.length
  let lastRefusal = run.task.attachments.find((item) => item.state === 'refused')?.reason
  for (let from = 0; from < pending.length; from += noteEvery) {
    const fetched: FetchedAttachment[] = []
    for (const attachment of pending.slice(from, from + noteEvery)) {
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
    if (!noted) throw leaseLost()
  }
  if (kept === 0 && at.promptFiles > 0) {
    throw new LoomError({
      kind: 'invalid_input',
      message: `None of the files could be read. ${lastRefusal ?? ''}`.trim(),
    })
  }
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
    const fetch = ownFetcher(attachment.source) ?? deps.fetchFile
    const { bytes, head, sha256 } = await fetch({
      tenantId: run.held.tenantId,
      installationId: progress.installationId,
      source: attachment.source,
      objects: deps.store.objects,
      key: (hash) => objectKeys.blob(run.held, hash),
      limitBytes: Math.min(limits.fileBytes, left),
      signal: run.signal,
    })
    const isMade = attachment.source.startsWith(ownSources.made)
    const path = (isMade ? deps.earlierNameFor : deps.nameFor)(name, progress.taken)
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

/** What the thread kept to itself stands in the task's result, where every agent's brief tells of it. */
async function finish(deps: GatherDeps, run: TaskRun, gathered: Gathered): Promise<void> {
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
        outcome: { state: 'done', result: JSON.stringify(gathered) },
      },
    ],
  })
  if (!result?.held) throw leaseLost()
  if (result.freed > 0) deps.onDone()
}

function leaseLost(): LoomError {
  return new LoomError({ kind: 'lease_lost', message: 'The job went on elsewhere or has ended.' })
}
