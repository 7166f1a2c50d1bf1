import { isEnded, type JobState } from '../../core/job-states.ts'
import type { ThreadId } from '../../core/thread-id.ts'
import { inTenant, type Store, type TenantContext, type Tx } from '../database.ts'
import { isAskerOrAdmin } from './may-decide.ts'

export interface JobLook {
  jobId: string
  /** The thread of its brief. */
  thread: ThreadId
  /** All in which it is seen: that one first, then those that watch it. */
  threads: readonly ThreadId[]
  ended: boolean
  /** Whether who acts may decide for it. */
  mayDecide: boolean
}

/** For a statement over `jobs j`: the addresses of its threads, that of its brief first. */
export function threadsOfJob({ sql }: Pick<Tx, 'sql'>) {
  return sql`(
    select coalesce(array_agg(s.address order by jt.part, jt.created_at), '{}') from loom.job_threads jt
    join loom.threads s on s.id = jt.thread_id where jt.job_id = j.id)`
}

/** Where a job belongs and what who acts is to it, in one transaction; `undefined` when the account has no such job. */
export async function lookAtJob(
  store: Store,
  context: TenantContext,
  input: { jobId: string },
): Promise<JobLook | undefined> {
  return inTenant(store, context.tenantId, async (tx) => {
    const [row] = await tx.sql<
      { state: JobState; address: string; threads: string[]; asked_by: string | null }[]
    >`
      select j.state, t.address, ${threadsOfJob(tx)} as threads, b.asked_by
      from loom.jobs j join loom.briefs b on b.id = j.brief_id join loom.threads t on t.id = b.thread_id
      where j.id = ${input.jobId}`
    if (!row) return undefined
    return {
      jobId: input.jobId,
      thread: row.address as ThreadId,
      threads: row.threads as ThreadId[],
      ended: isEnded(row.state),
      mayDecide: await isAskerOrAdmin(tx, context, { askedBy: row.asked_by }),
    }
  })
}
