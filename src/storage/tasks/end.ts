import type { ErrorKind } from '../../core/errors.ts'
import type { Sealer } from '../../core/ports.ts'
import { passOn } from '../briefs/pass-on.ts'
import type { Tx } from '../database.ts'

export interface TaskEnd {
  taskId: string
  jobId: string
  state: 'done' | 'failed' | 'cancelled'
  /** The hand-over to the tasks that need this one; for a failed task the sentence that says why. */
  result: string
  errorKind: ErrorKind | undefined
}

/**
 * Ends tasks and makes ready what waited only for them. A need that failed counts as ended: the task that waited goes
 * on without it and is told. Answers how many tasks became ready.
 */
export async function endTasks(
  deps: { tx: Tx; sealer: Sealer },
  input: { tenantId: string; ends: readonly TaskEnd[] },
): Promise<number> {
  if (input.ends.length === 0) return 0
  const { sql } = deps.tx
  const ids = input.ends.map((end) => end.taskId)
  const results = input.ends.map((end) => deps.sealer.seal(`tasks.result:${end.taskId}`, end.result))
  const ended = sql`
    update loom.tasks t
    set state = e.state, result_sealed = e.result, error_kind = e.error_kind, ended_at = now()
    from unnest(${ids}::uuid[], ${input.ends.map((end) => end.state)}::text[], ${sql.array(results, 1001)}::bytea[],
                ${input.ends.map((end) => end.errorKind ?? null)}::text[]) as e (task_id, state, result, error_kind)
    where t.id = e.task_id`
  const given = sql`
    delete from loom.ready_tasks where task_id = any(${ids}::uuid[]) and tenant_id = ${input.tenantId}`
  // A fence from the clock is above those of a try that was given up. Rows in one order everywhere: two groups that free the same task then wait for each other's commit, not for ever.
  const locked = sql`
    select t.id from loom.tasks t
    where t.id in (select task_id from loom.task_needs where needs_id = any(${ids}::uuid[])) order by t.id for update`
  const freed = sql`
    with ended as (
      select task_id, count(*) as needs from loom.task_needs where needs_id = any(${ids}::uuid[]) group by task_id
    ), counted as (
      update loom.tasks t
      set waiting_on = t.waiting_on - e.needs,
          state = case when t.waiting_on - e.needs = 0 and t.state = 'waiting' then 'ready' else t.state end
      from ended e where t.id = e.task_id
      returning t.id, t.job_id, t.lane, t.state, t.waiting_on
    )
    insert into loom.ready_tasks (task_id, tenant_id, job_id, lane, fence)
    select id, ${input.tenantId}, job_id, lane, (extract(epoch from clock_timestamp()) * 1000)::bigint from counted where state = 'ready' and waiting_on = 0
    returning task_id`
  // They are sent in this order, in one go.
  const [, , , ready] = await Promise.all([ended, given, locked, freed, passOn(deps.tx, { taskIds: ids })])
  return ready.length
}
