import { isEnded, type JobState } from '../../core/job-states.ts'
import type { SuspendReason } from '../../core/words.ts'
import { audit } from '../audit.ts'
import { inTenant, type Store, type TenantContext } from '../database.ts'
import { appendEvents } from '../events.ts'
import { restIdleJobs } from '../tasks/rest.ts'
import { wakeTasks } from '../tasks/wake.ts'

export type CapChange =
  | { kind: 'changed' | 'same' | 'ended' }
  /** It rested at its cap and goes on; somebody has to ring. */
  | { kind: 'resumed' }
  /** More than that is spent already. */
  | { kind: 'below_spent'; spentMicroUsd: number }

/**
 * Sets the cap of a job that has not ended, up or down, never below what it has spent; one that rests at its cap goes on
 * with a higher one. What is reserved already may yet be spent. Answers `undefined` when there is no such job.
 */
export async function changeCap(
  store: Store,
  context: TenantContext,
  input: { jobId: string; capMicroUsd: number },
): Promise<CapChange | undefined> {
  const { capMicroUsd, jobId } = input
  const { tenantId } = context
  const sealer = await store.vault.sealer(tenantId, 'content')
  return inTenant(store, tenantId, async (tx) => {
    const { sql } = tx
    const [job] = await sql<{ state: JobState; reason: SuspendReason | null; cap: number; spent: number }[]>`
      select j.state, j.reason, j.cap_micro_usd::float8 as cap,
             coalesce((select settled_micro_usd from loom.budgets where scope = 'job' and key = j.id::text), 0)::float8 as spent
      from loom.jobs j where j.id = ${jobId} for no key update of j`
    if (!job) return undefined
    if (isEnded(job.state)) return { kind: 'ended' }
    if (capMicroUsd < job.spent) return { kind: 'below_spent', spentMicroUsd: job.spent }
    if (capMicroUsd === job.cap) return { kind: 'same' }
    await sql`update loom.jobs set cap_micro_usd = ${capMicroUsd}::bigint where id = ${jobId}`
    await sql`update loom.budgets set cap_micro_usd = ${capMicroUsd}::bigint where scope = 'job' and key = ${jobId}`
    const deps = { store, tx, sealer }
    await appendEvents(deps, { tenantId, events: [{ jobId, event: { kind: 'cap_changed', capMicroUsd } }] })
    await audit(deps, context, { action: 'job.change_cap', subjectKind: 'job', subjectId: jobId })
    const rests = job.state === 'suspended' && job.reason === 'cap'
    if (!rests || capMicroUsd < job.cap) return { kind: 'changed' }
    await sql`update loom.jobs set state = 'running', reason = null where id = ${jobId}`
    await wakeTasks(tx, { tenantId, jobId })
    await appendEvents(deps, { tenantId, events: [{ jobId, event: { kind: 'resumed' } }] })
    await restIdleJobs(deps, { tenantId, jobIds: [jobId] })
    return { kind: 'resumed' }
  })
}
