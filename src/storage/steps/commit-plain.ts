import { LoomError } from '../../core/errors.ts'
import type { Sealer } from '../../core/ports.ts'
import { spendExpected } from '../budgets/spend.ts'
import { atOnceInTenant, type Store, type TenantContext } from '../database.ts'
import { appendEvents } from '../events.ts'
import { lockJobs } from '../jobs/lock.ts'
import { eventsOf } from './events-of.ts'
import { expectHeld, type HeldRow, heldRows } from './held-rows.ts'
import { noteProgress } from './note-progress.ts'
import { spendingOf } from './spending-of.ts'
import type { CommitResult, StepCommit } from './step-commit.ts'
import { writeSteps } from './write-steps.ts'

/** A step and a reservation, from which nothing else follows. */
export function isPlain({ files, outcome, stepEnd, summary }: StepCommit): boolean {
  return !outcome && !summary && !stepEnd && files.length === 0
}

/**
 * Plain members, in one round trip, since all workers want the job's row. `undefined`: something was not as it is nearly
 * always (a lease lost, a counter full or near its cap, a worker lost before), nothing was written, and the long way
 * around finds out what.
 */
export async function commitAtOnce(
  store: Store,
  context: TenantContext,
  input: { holder: string; commits: readonly StepCommit[]; sealer: Sealer },
): Promise<CommitResult[] | undefined> {
  const { tenantId } = context
  const { commits, holder, sealer } = input
  try {
    const [held] = await atOnceInTenant<[HeldRow[], ...unknown[]]>(store, tenantId, (tx) => {
      const deps = { store, tx, sealer }
      const granted = commits.map(({ wantMicroUsd }) => wantMicroUsd)
      // Sent as they are made: jobs are locked before what hangs on them.
      const jobs = lockJobs(
        tx,
        commits.map(({ task }) => task.jobId),
      )
      const rows = heldRows(tx, { tenantId, holder, commits })
      return [
        rows,
        jobs,
        expectHeld(tx, { tenantId, holder, commits }),
        spendExpected(tx, commits.map(spendingOf)),
        writeSteps(deps, { tenantId, commits }),
        noteProgress(deps, commits, granted),
        appendEvents(deps, { tenantId, events: commits.flatMap(eventsOf) }),
      ]
    })
    const said = new Map(held.map((row) => [row.task_id, row.said]))
    return commits.map(({ task, wantMicroUsd }) => ({
      ...{ held: true, unheard: false, freed: 0, grantedMicroUsd: wantMicroUsd },
      said: said.get(task.taskId) ?? 0,
    }))
  } catch (thrown) {
    if (thrown instanceof LoomError && thrown.detail === unexpected) return undefined
    throw thrown
  }
}

/** What `loom.expect` fails with. */
const unexpected = 'LM001'
