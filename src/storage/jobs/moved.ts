import type { Tx } from '../database.ts'

/** Where every keeper of leases hears which job had tasks taken from their holders. The payload is the job's id. */
export const movedChannel = 'loom_moved'

/**
 * Takes tasks of a job, whose row is locked, out of the hands of whoever holds them: all, or those of `taskIds`. Their
 * holders hear of it with the commit and stop within moments; what they still write is refused. Says nothing where
 * nobody holds any: commits that say something wait for each other.
 */
export async function takeBack(
  { sql }: Pick<Tx, 'sql'>,
  input: { jobId: string; taskIds?: readonly string[] },
): Promise<void> {
  const { jobId, taskIds } = input
  const which = taskIds ? sql`and task_id = any(${taskIds as string[]}::uuid[])` : sql``
  await sql`
    with taken as (
      delete from loom.ready_tasks 
      where job_id = ${jobId} and tenant_id = (select loom.current_tenant()) ${which} returning holder
    )
    select pg_notify(${movedChannel}, ${jobId}) where exists (select 1 from taken where holder is not null)`
}
