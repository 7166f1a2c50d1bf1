import { inTenant, type Store } from '../database.ts'

/** Whether the card, a question or an approval of the same job and thread has still to show its last state: what comes after them waits. */
export async function othersArePending(
  store: Store,
  input: { tenantId: string; jobId: string; thread: string },
): Promise<boolean> {
  const rows = await inTenant(
    store,
    input.tenantId,
    ({ sql }) => sql`
      select 1 from loom.deliveries d join loom.threads t on t.id = d.thread_id
      where d.job_id = ${input.jobId} and t.address = ${input.thread} and d.kind in ('card', 'question', 'approval') and d.state = 'pending'`,
  )
  return rows.length > 0
}
