import type { SuspendReason } from '../../core/words.ts'
import { audit } from '../audit.ts'
import { inTenant, type Store, type TenantContext } from '../database.ts'
import { appendEvents } from '../events.ts'
import { restIdleJobs } from '../tasks/rest.ts'
import { wakeTasks } from '../tasks/wake.ts'
import { takeBack } from './moved.ts'

/**
 * Lets a job rest until somebody decides: its tasks give up their places and hold no worker. Answers `false` when the
 * job had ended or rests already.
 */
export async function suspendJob(
  store: Store,
  context: TenantContext,
  input: { jobId: string; reason: SuspendReason },
): Promise<boolean> {
  const sealer = await store.vault.sealer(context.tenantId, 'content')
  return inTenant(store, context.tenantId, async (tx) => {
    const rows = await tx.sql`
      update loom.jobs set state = 'suspended', reason = ${input.reason}
      where id = ${input.jobId} and state in ('gathering', 'planning', 'running', 'synthesizing') returning id`
    if (rows.length === 0) return false
    await takeBack(tx, { jobId: input.jobId })
    await tx.sql`update loom.tasks set state = 'suspended' where job_id = ${input.jobId} and state in ('ready', 'running')`
    await appendEvents(
      { tx, sealer },
      {
        tenantId: context.tenantId,
        events: [{ jobId: input.jobId, event: { kind: 'suspended', reason: input.reason } }],
      },
    )
    return true
  })
}

/**
 * Raises a job's cap and lets it go on where it was; a task that waits for people goes on waiting. The tenant's month
 * still bounds it. Answers `false` when the job was not suspended.
 */
export async function raiseCap(
  store: Store,
  context: TenantContext,
  input: { jobId: string; capMicroUsd: number },
): Promise<boolean> {
  const sealer = await store.vault.sealer(context.tenantId, 'content')
  return inTenant(store, context.tenantId, async (tx) => {
    const rows = await tx.sql`
      update loom.jobs set state = 'running', reason = null, cap_micro_usd = greatest(cap_micro_usd, ${input.capMicroUsd}::bigint)
      where id = ${input.jobId} and state = 'suspended' and reason = 'cap' returning id`
    if (rows.length === 0) return false
    await tx.sql`
      update loom.budgets set cap_micro_usd = greatest(cap_micro_usd, ${input.capMicroUsd}::bigint)
      where scope = 'job' and key = ${input.jobId}`
    await wakeTasks(tx, { tenantId: context.tenantId, jobId: input.jobId })
    await appendEvents(
      { tx, sealer },
      {
        tenantId: context.tenantId,
        events: [{ jobId: input.jobId, event: { kind: 'resumed' } }],
      },
    )
    await restIdleJobs({ tx, sealer }, { tenantId: context.tenantId, jobIds: [input.jobId] })
    await audit({ store, tx, sealer }, context, {
      action: 'job.raise_cap',
      subjectKind: 'job',
      subjectId: input.jobId,
    })
    return true
  })
}
