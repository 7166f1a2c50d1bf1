import { plural } from '../../core/format.ts'
import type { Tx } from '../database.ts'

/** Of tasks that have not begun: those of which too few needs can still end well, each with the words for it. */
export async function findHopeless(
  { tx }: { tx: Tx },
  input: { taskIds: readonly string[] },
): Promise<{ taskId: string; jobId: string; words: string }[]> {
  if (input.taskIds.length === 0) return []
  const rows = await tx.sql<
    { id: string; job_id: string; enough: number; total: number; possible: number }[]
  >`
    select t.id, t.job_id, t.enough, count(*)::int as total,
           count(*) filter (where d.state not in ('failed', 'cancelled'))::int as possible
    from loom.tasks t join loom.task_needs n on n.task_id = t.id join loom.tasks d on d.id = n.needs_id
    where t.id = any(${input.taskIds as string[]}::uuid[]) and t.state in ('waiting', 'ready')
    group by t.tenant_id, t.id, t.job_id, t.enough
    having t.enough > count(*) filter (where d.state not in ('failed', 'cancelled'))
    order by t.id`
  return rows.map(({ enough, id, job_id: jobId, possible, total }) => ({
    taskId: id,
    jobId,
    words: `Only ${possible} of the ${plural(total, 'task')} before it ended well or still can; ${enough} were needed.`,
  }))
}
