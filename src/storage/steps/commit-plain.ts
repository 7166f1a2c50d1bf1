import { LoomError } from '../../core/errors.ts'
import type { Sealer } from '../../core/ports.ts'
import { spendExpected } from '../budgets/spend.ts'
import { atOnceInTenant, type Store, type TenantContext } from '../database.ts'
import { notExpected } from '../database-error.ts'
import { appendEvents } from '../events.ts'
import { lockJobs } from '../jobs/lock.ts'
import { endExpected, type TaskEnd } from '../tasks/end.ts'
import { eventsOf } from './events-of.ts'
import { allHeldRows, type HeldRow } from './held-rows.ts'
import { noteProgress } from './note-progress.ts'
import { spendingOf } from './spending-of.ts'
import type { CommitResult, StepCommit } from './step-commit.ts'
import { writeSteps } from './write-steps.ts'

/** A step and a reservation, or the end of a task from which nothing follows but that others may begin. */
export function isPlain({ answers, files, outcome, stepEnd, summary }: StepCommit): boolean {
  if (summary || stepEnd || files.length > 0) return false
  return !outcome || (!answers && outcome.state === 'done' && !outcome.plan && !outcome.change)
}

/**
 * Plain members, in one round trip, since all workers want the job's row. `undefined`: something was not as it is nearly
 * always (a lease lost, a counter full or near its cap, a worker lost before, a task above that is bounded), nothing was
 * written, and the long way around finds out what.
 */
export async function commitAtOnce(
  store: Store,
  context: TenantContext,
  input: { holder: string; commits: readonly StepCommit[]; sealer: Sealer },
): Promise<CommitResult[] | undefined> {
  const { tenantId } = context
  const { commits, holder, sealer } = input
  try {
    const [held, freed] = await atOnceInTenant<[HeldRow[], number, ...unknown[]]>(store, tenantId, (tx) => {
      const deps = { store, tx, sealer }
      const granted = commits.map(({ wantMicroUsd }) => wantMicroUsd)
      // Sent as they are made: jobs are locked before what hangs on them.
      const jobs = lockJobs(
        tx,
        commits.map(({ task }) => task.jobId),
      )
      const rows = allHeldRows(tx, { tenantId, holder, commits })
      const written = [
        spendExpected(tx, commits.map(spendingOf)),
        writeSteps(deps, { tenantId, commits }),
        noteProgress(deps, commits, granted),
        appendEvents(deps, { tenantId, events: commits.flatMap(eventsOf) }),
      ]
      return [rows, endExpected(deps, { tenantId, ends: commits.flatMap(endOf) }), jobs, ...written]
    })
    const said = new Map(held.map((row) => [row.task_id, row.said]))
    return commits.map(({ task, wantMicroUsd }) => ({
      ...{ held: true, unheard: false, freed, grantedMicroUsd: wantMicroUsd },
      said: said.get(task.taskId) ?? 0,
    }))
  } catch (thrown) {
    if (thrown instanceof LoomError && thrown.detail === notExpected) return undefined
    throw thrown
  }
}

function endOf({ outcome, task }: StepCommit): TaskEnd[] {
  if (outcome?.state !== 'done') return []
  const { jobId, taskId } = task
  return [{ taskId, jobId, state: 'done', result: outcome.result, errorKind: undefined }]
}
