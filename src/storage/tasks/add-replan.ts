import { limits } from '../../core/limits.ts'
import type { Sealer } from '../../core/ports.ts'
import type { Store, Tx } from '../database.ts'
import { insertTasks, positions } from './add-system.ts'

/**
 * Has a running job's plan looked at again after something was said to it: while agents still work and the answer has
 * not begun, which then waits for that too. A few times in a job, and one at a time: what is said meanwhile is read by
 * the one that is there. The job's row is locked by the caller.
 */
export async function addReplan(
  deps: { store: Store; tx: Tx; sealer: Sealer },
  input: { tenantId: string; jobId: string },
): Promise<void> {
  const { jobId, tenantId } = input
  const { sql } = deps.tx
  const [open] = await sql<{ answer_id: string; plans: number }[]>`
    select a.id as answer_id, p.plans
    from loom.jobs j
    join loom.tasks a on a.job_id = j.id and a.kind = 'synthesize' and a.state = 'waiting' and a.started_at is null
    cross join lateral (
      select count(*)::int as plans, bool_or(t.state not in ('done', 'failed', 'cancelled')) as is_open
      from loom.tasks t where t.job_id = j.id and t.kind = 'plan'
    ) p
    where j.id = ${jobId} and j.state = 'running' and j.replans < ${limits.replans} and not p.is_open
      and p.plans <= ${limits.replans}
      and exists (select 1 from loom.tasks w where w.job_id = j.id and w.kind = 'work'
                  and w.state in ('waiting', 'ready', 'running'))`
  if (!open) return
  const id = deps.store.newId()
  const task = {
    id,
    kind: 'plan',
    lane: 'worker',
    tier: 'standard',
    position: positions.replan + open.plans - 1,
    answers: false,
    spec: { key: 'replan', title: 'Going over the plan again', objective: '', output: '', files: [] },
    needs: [],
    maxSteps: limits.replanSteps,
  } as const
  await insertTasks(deps, { tenantId, jobId, tasks: [task] })
  await Promise.all([
    sql`insert into loom.task_needs (tenant_id, task_id, needs_id) values (${tenantId}, ${open.answer_id}, ${id})`,
    sql`update loom.tasks set waiting_on = waiting_on + 1 where id = ${open.answer_id}`,
  ])
}
