import { inTenant, type Store, type TenantContext } from '../database.ts'
import { appendEvents } from '../events.ts'
import { lockJobs } from '../jobs/lock.ts'
import type { HeldTask } from './held.ts'

/**
 * Puts on a task's row why it stands still, in the person's words, until its next step says what it does. Answers
 * `false` when the task is no longer this holder's; then nothing was written.
 */
export async function noteDelay(
  store: Store,
  context: TenantContext,
  input: { task: HeldTask; holder: string; message: string },
): Promise<boolean> {
  const { tenantId } = context
  const { fence, jobId, taskId } = input.task
  const sealer = await store.vault.sealer(tenantId, 'content')
  return inTenant(store, tenantId, async (tx) => {
    await lockJobs(tx, [jobId])
    const noted = await tx.sql`
      update loom.tasks set activity_sealed = ${sealer.seal(`tasks.activity:${taskId}`, input.message)}
      where id = ${taskId} and job_id = ${jobId} and state = 'running'
        and exists (select 1 from loom.ready_tasks r where r.task_id = ${taskId} and r.tenant_id = ${tenantId}
                    and r.holder = ${input.holder} and r.fence = ${fence})
      returning id`
    if (noted.length === 0) return false
    const event = { kind: 'delayed', message: input.message } as const
    await appendEvents({ tx, sealer }, { tenantId, events: [{ jobId, taskId, event }] })
    return true
  })
}
