import { LoomError, toLoomError } from '../core/errors.ts'
import type { Log } from '../core/ports.ts'
import type { Store } from '../storage/database.ts'
import { commitSteps } from '../storage/steps/commit.ts'
import type { CommitResult, StepCommit } from '../storage/steps/step-commit.ts'

/** Commits a step; resolves once it is durable, with `held: false` when the task was no longer this worker's. */
export type Commit = (input: { holder: string; commit: StepCommit }) => Promise<CommitResult>

interface Waiting {
  holder: string
  commit: StepCommit
  resolve: (result: CommitResult) => void
  reject: (error: unknown) => void
}

/**
 * Group commit by what is there: while one commit of a tenant is on its way, the steps that finish meanwhile gather,
 * and go together with the next. A lone step never waits. A group that fails is committed member by member.
 */
export function createCommitter(deps: {
  store: Store
  log: Log
  onFreed: () => void
  maxGroup: number
}): Commit {
  const lines = new Map<string, Waiting[]>()

  const pump = async (line: string, waiting: Waiting[]): Promise<void> => {
    // Agents that finish in the same turn of the event loop belong to the same group.
    await new Promise((resolve) => setImmediate(resolve))
    while (waiting.length > 0) await send(deps, waiting.splice(0, deps.maxGroup))
    lines.delete(line)
  }

  return ({ commit, holder }) =>
    new Promise((resolve, reject) => {
      const line = `${commit.task.tenantId} ${holder}`
      const waiting = lines.get(line)
      const entry = { holder, commit, resolve, reject }
      if (waiting) {
        waiting.push(entry)
        return
      }
      const fresh = [entry]
      lines.set(line, fresh)
      void pump(line, fresh)
    })
}

type Deps = Parameters<typeof createCommitter>[0]

async function send(deps: Deps, group: readonly Waiting[]): Promise<void> {
  const [first] = group
  if (!first) return
  try {
    const results = await commitSteps(
      deps.store,
      { tenantId: first.commit.task.tenantId, actor: { kind: 'system' } },
      { holder: first.holder, commits: group.map((entry) => entry.commit) },
    )
    for (const [index, entry] of group.entries()) entry.resolve(results[index] ?? lost)
    if (results.some((result) => result.freed > 0)) deps.onFreed()
  } catch (thrown) {
    if (group.length > 1) for (const entry of group) await send(deps, [entry])
    else await sendAgain(deps, first, thrown)
  }
}

/** The step is done and paid for: it is kept trying for two minutes while the database is away. */
async function sendAgain(deps: Deps, entry: Waiting, thrown: unknown): Promise<void> {
  let error = toLoomError(thrown)
  for (let attempt = 0; error.retryable && attempt < 12; attempt += 1) {
    deps.log.warn(
      { taskId: entry.commit.task.taskId, kind: error.kind, detail: error.detail },
      'a commit is tried again',
    )
    const delayMs = Math.min(15_000, 100 * 2 ** attempt)
    await new Promise((resolve) => setTimeout(resolve, delayMs * (0.5 + Math.random() / 2)))
    try {
      const [result] = await commitSteps(
        deps.store,
        { tenantId: entry.commit.task.tenantId, actor: { kind: 'system' } },
        { holder: entry.holder, commits: [entry.commit] },
      )
      entry.resolve(result ?? lost)
      if (result && result.freed > 0) deps.onFreed()
      return
    } catch (again) {
      error = toLoomError(again)
    }
  }
  entry.reject(error.kind === 'conflict' ? asLost(error) : error)
}

const lost: CommitResult = { held: false, unheard: false, said: 0, grantedMicroUsd: 0, freed: 0 }

/** The step's place is taken: another worker committed it, so this one's lease is gone. */
function asLost(cause: LoomError): LoomError {
  return new LoomError({
    kind: 'lease_lost',
    message: 'The job went on elsewhere.',
    detail: cause.detail,
    cause,
  })
}
