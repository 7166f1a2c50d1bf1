import { LoomError } from '../../core/errors.ts'
import type { TenantContext, Tx } from '../database.ts'
import { lockJobs } from '../jobs/lock.ts'
import type { HeldTask } from './held.ts'

/** Locks a task's job and its place, for a write on its behalf. Throws `lease_lost` when it is no longer this holder's. */
export async function holdTask(
  tx: Tx,
  context: TenantContext,
  input: { task: HeldTask; holder: string },
): Promise<void> {
  const { fence, jobId, taskId } = input.task
  await lockJobs(tx, [jobId])
  const held = await tx.sql`
    select 1 from loom.ready_tasks
    where task_id = ${taskId} and tenant_id = ${context.tenantId} and holder = ${input.holder} and fence = ${fence} for update`
  if (held.length > 0) return
  throw new LoomError({ kind: 'lease_lost', message: 'The job went on elsewhere or has ended.' })
}
