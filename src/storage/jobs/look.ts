import { isEnded, type JobState } from '../../core/job-states.ts'
import type { ThreadId } from '../../core/thread-id.ts'
import { inTenant, type Store, type TenantContext } from '../database.ts'
import { isAskerOrAdmin } from './may-decide.ts'

export interface JobLook {
  jobId: string
  /** The thread of its brief. */
  thread: ThreadId
  ended: boolean
  /** Whether who acts may decide for it. */
  mayDecide: boolean
}

/** Where a job belongs and what who acts is to it, in one transaction; `undefined` when the account has no such job. */
export async function lookAtJob(
  store: Store,
  context: TenantContext,
  input: { jobId: string },
): Promise<JobLook | undefined> {
  return inTenant(store, context.tenantId, async (tx) => {
    const [row] = await tx.sql<{ state: JobState; address: string; asked_by: string | null }[]>`
      select j.state, t.address, b.asked_by
      from loom.jobs j join loom.briefs b on b.id = j.brief_id join loom.threads t on t.id = b.thread_id
      where j.id = ${input.jobId}`
    if (!row) return undefined
    return {
      jobId: input.jobId,
      thread: row.address as ThreadId,
      ended: isEnded(row.state),
      mayDecide: await isAskerOrAdmin(tx, context, { askedBy: row.asked_by }),
    }
  })
}
