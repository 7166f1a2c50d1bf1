import { LoomError } from '../../core/errors.ts'
import { type NearCap, spendAlone, spendTogether } from '../budgets/spend.ts'
import { inTenant, type Store, type TenantContext, type Tx } from '../database.ts'
import { appendEvents } from '../events.ts'
import { lockJobs } from '../jobs/lock.ts'
import { warnOfCap } from '../jobs/warn-of-cap.ts'
import { restIdleJobs } from '../tasks/rest.ts'
import { commitAtOnce, isPlain } from './commit-plain.ts'
import { endSteps } from './end-steps.ts'
import { eventsOf } from './events-of.ts'
import { finishTasks } from './finish.ts'
import { heldRows, holdOf } from './held-rows.ts'
import { noteProgress } from './note-progress.ts'
import { costOf, spendingOf } from './spending-of.ts'
import type { CommitResult, StepCommit } from './step-commit.ts'
import { writeFiles } from './write-files.ts'
import { writeSteps } from './write-steps.ts'
import { writeSummaries } from './write-summaries.ts'

/**
 * Commits steps of one tenant in one transaction: transcript, usage, files, artifacts, events, spending, the next
 * reservations, and for tasks that end what follows from it. Each member is checked against its lease and fence;
 * a step of the same task and ordinal is never written twice, nor are its results. Answers in the order of `commits`.
 */
export async function commitSteps(
  store: Store,
  context: TenantContext,
  input: { holder: string; commits: readonly StepCommit[] },
): Promise<CommitResult[]> {
  const sealer = await store.vault.sealer(context.tenantId, 'content')
  if (input.commits.every(isPlain)) {
    const results = await commitAtOnce(store, context, { ...input, sealer })
    if (results) return results
  }
  const alone = input.commits.length === 1
  return inTenant(store, context.tenantId, async (tx) => {
    const deps = { store, tx, sealer }
    const saidTo = await lockHeld(tx, { ...input, tenantId: context.tenantId })
    const isUnheard = (commit: StepCommit) =>
      endsTheJob(commit) && (commit.said ?? 0) < (saidTo.get(holdOf(commit.task)) ?? 0)
    const held = input.commits.filter((commit) => saidTo.has(holdOf(commit.task)) && !isUnheard(commit))
    if (held.length === 0) return input.commits.map((commit) => unwritten(saidTo.get(holdOf(commit.task))))
    const spent = spend(tx, held, alone)
    // A group is granted all that it wants or nothing at all, so its statements travel together.
    const granted = alone ? (await spent).granted : held.map((commit) => commit.wantMicroUsd)
    const [{ near }] = await Promise.all([
      spent,
      writeSteps(deps, { tenantId: context.tenantId, commits: held }),
      writeSummaries(deps, { tenantId: context.tenantId, commits: held }),
      endSteps(deps, { commits: held }),
      writeFiles(deps, { tenantId: context.tenantId, commits: held }),
      noteProgress(deps, held, granted),
      appendEvents(deps, { tenantId: context.tenantId, events: held.flatMap(eventsOf) }),
    ])
    const freed = await finishTasks(deps, context, held)
    const ended = held.filter((commit) => commit.outcome).map(({ task }) => task.jobId)
    if (ended.length > 0) await restIdleJobs(deps, { tenantId: context.tenantId, jobIds: ended })
    for (const cap of near) {
      const jobId = spenderOf(cap, held)
      if (jobId) await warnOfCap(deps, { tenantId: context.tenantId, jobId, cap })
    }
    const grants = new Map(held.map((commit, index) => [holdOf(commit.task), granted[index] ?? 0]))
    return input.commits.map((commit) => {
      const grantedMicroUsd = grants.get(holdOf(commit.task))
      const said = saidTo.get(holdOf(commit.task))
      if (grantedMicroUsd === undefined) return unwritten(said)
      return { held: true, unheard: false, said: said ?? 0, grantedMicroUsd, freed }
    })
  })
}

/** A member of which nothing was written: its task is no longer held, or something was said that it did not hear. */
function unwritten(said: number | undefined): CommitResult {
  const held = said !== undefined
  return { held, unheard: held, said: said ?? 0, grantedMicroUsd: 0, freed: 0 }
}

/** Also a draft: what was said has to be heard before it is checked. */
function endsTheJob({ answers, outcome }: StepCommit): boolean {
  return answers && (outcome?.state === 'done' || (outcome?.state === 'waiting' && 'draft' in outcome))
}

/** Which members still hold their task, each with how many messages were said to it or to all of its job. The rows stay locked: nobody can take or end a task while it commits. */
async function lockHeld(
  tx: Tx,
  input: { tenantId: string; holder: string; commits: readonly StepCommit[] },
): Promise<Map<string, number>> {
  const tasks = input.commits.map((commit) => commit.task)
  const jobsLocked = lockJobs(
    tx,
    tasks.map((task) => task.jobId),
  )
  const [rows] = await Promise.all([heldRows(tx, input), jobsLocked])
  await forgiveLosses(tx, { rows, commits: input.commits })
  return new Map(rows.map((row) => [holdOf({ taskId: row.task_id, fence: row.fence }), row.said]))
}

/** A task that gets on was not what took its workers down: its losses are counted anew. */
async function forgiveLosses(
  tx: Tx,
  input: { rows: readonly { task_id: string; lost: number }[]; commits: readonly StepCommit[] },
): Promise<void> {
  const stepped = new Set(
    input.commits.filter(({ step, stepEnd }) => step ?? stepEnd).map((commit) => commit.task.taskId),
  )
  const ids = input.rows.filter((row) => row.lost > 0 && stepped.has(row.task_id)).map((row) => row.task_id)
  if (ids.length === 0) return
  await tx.sql`update loom.ready_tasks set lost = 0 where task_id = any(${ids}::uuid[])`
}

/** A group that does not fit its budgets as a whole is refused as a whole; its members then come one by one. */
async function spend(
  tx: Tx,
  commits: readonly StepCommit[],
  alone: boolean,
): Promise<{ granted: number[]; near: NearCap[] }> {
  const spendings = commits.map(spendingOf)
  const [first] = spendings
  if (alone && first) {
    const { grantedMicroUsd, near } = await spendAlone(tx, first)
    return { granted: [grantedMicroUsd], near }
  }
  const near = await spendTogether(tx, spendings)
  if (near) return { granted: spendings.map((spending) => spending.wantMicroUsd), near }
  throw new LoomError({
    kind: 'cap_reached',
    message: 'The cap leaves no room for all of these steps at once.',
    detail: 'group split',
    retryable: true,
  })
}

/** The job by whose step a counter came near its cap; of several, the first. */
function spenderOf({ key, scope }: NearCap, commits: readonly StepCommit[]): string | undefined {
  const spender = commits.find(
    (commit) => costOf(commit) > 0 && commit.budgetKeys.some((own) => own.scope === scope && own.key === key),
  )
  return spender?.task.jobId
}
