import type { Tx } from '../database.ts'

/** A task that waited for others, after some of those have ended. */
interface Freed {
  id: string
  jobId: string
  isReady: boolean
  /** It is only worth starting when enough of its needs ended well. */
  isBounded: boolean
}

/**
 * The statements that tell those who wait for the tasks `ids` that these have ended, to be sent in this order. A task
 * whose last need ended becomes ready, unless too few of its needs ended well. Its fence is taken from the clock, above
 * every one from before: it may have begun and waited in the middle, or been given up and begun again.
 */
export function freeWaiting({ sql }: Pick<Tx, 'sql'>, input: { tenantId: string; ids: readonly string[] }) {
  const ids = input.ids as string[]
  // Rows in one order everywhere: two groups that free the same task then wait for each other's commit, not for ever.
  const locked = sql`
    select t.id from loom.tasks t
    where t.id in (select task_id from loom.task_needs where needs_id = any(${ids}::uuid[])) order by t.id for update`
  const freed = sql<Freed[]>`
    with ended as (
      select task_id, count(*) as needs from loom.task_needs where needs_id = any(${ids}::uuid[]) group by task_id
    ), counted as (
      update loom.tasks t
      set waiting_on = t.waiting_on - e.needs,
          state = case when t.waiting_on - e.needs = 0 and t.state = 'waiting'
                        and (t.enough is null or t.enough <= (
                          select count(*) from loom.task_needs n join loom.tasks d on d.id = n.needs_id
                          where n.task_id = t.id and d.state = 'done'))
                       then 'ready' else t.state end
      from ended e where t.id = e.task_id
      returning t.id, t.job_id, t.lane, t.enough, t.state = 'ready' and t.waiting_on = 0 as is_ready
    ), ready as (
      insert into loom.ready_tasks (task_id, tenant_id, job_id, lane, fence)
      select id, ${input.tenantId}, job_id, lane,
             (extract(epoch from clock_timestamp()) * 1000000)::bigint
      from counted where is_ready
    )
    select id, job_id as "jobId", is_ready as "isReady", enough is not null as "isBounded" from counted`
  return [locked, freed] as const
}
