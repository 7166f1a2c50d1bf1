import type { Sealer } from '../../core/ports.ts'
import { passOn } from '../briefs/pass-on.ts'
import { releaseReservations } from '../budgets/release.ts'
import type { Tx } from '../database.ts'
import { appendEvents } from '../events.ts'
import { takeBack } from '../jobs/moved.ts'
import { type FatalEnd, failHopeless } from './end.ts'
import { freeWaiting } from './free.ts'

/**
 * Takes tasks out of a job whose row is locked: those that have not ended are cancelled, their agents lose their leases
 * and can commit nothing more, what they had reserved goes back, and who waited for them goes on without. Answers what
 * was dropped, how many tasks became ready, and what ends the whole job.
 */
export async function dropTasks(
  deps: { tx: Tx; sealer: Sealer },
  input: { tenantId: string; jobId: string; taskIds: readonly string[] },
): Promise<{ dropped: string[]; ready: number; fatal: FatalEnd[] }> {
  const { jobId, tenantId } = input
  if (input.taskIds.length === 0) return { dropped: [], ready: 0, fatal: [] }
  const { sql } = deps.tx
  const rows = await sql<{ id: string }[]>`
    update loom.tasks set state = 'cancelled', ended_at = now()
    where job_id = ${jobId} and id = any(${input.taskIds as string[]}::uuid[]) and kind = 'work' and not answers
      and state not in ('done', 'failed', 'cancelled')
    returning id`
  const ids = rows.map((row) => row.id)
  if (ids.length === 0) return { dropped: [], ready: 0, fatal: [] }
  await releaseReservations(deps.tx, { jobId, taskIds: ids })
  await takeBack(deps.tx, { jobId, taskIds: ids })
  const [locked, freeing] = freeWaiting(deps.tx, { tenantId, ids })
  const [, freed] = await Promise.all([locked, freeing, passOn(deps.tx, { taskIds: ids })])
  await appendEvents(deps, {
    tenantId,
    events: ids.map((taskId) => ({ jobId, taskId, event: { kind: 'task_dropped' } })),
  })
  const bounded = freed.filter((task) => task.isBounded && !task.isReady).map((task) => task.id)
  const below = await failHopeless(deps, { tenantId, taskIds: bounded })
  const ready = below.ready + freed.filter((task) => task.isReady).length
  return { dropped: ids, ready, fatal: below.fatal }
}
