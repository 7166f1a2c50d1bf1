import { inTenant, type Store, type TenantContext } from '../database.ts'
import { announceAgain } from './announce.ts'

/**
 * What a job waits for is shown anew, where its message is no longer there: for a terminal that takes over a thread from
 * another one. Harmless when it is there.
 */
export async function askAgain(
  store: Store,
  context: TenantContext,
  input: { jobId: string },
): Promise<void> {
  const { jobId } = input
  const { tenantId } = context
  const sealer = await store.vault.sealer(tenantId, 'content')
  await inTenant(store, tenantId, async (tx) => {
    const open = await tx.sql<{ kind: 'question' | 'approval'; id: string }[]>`
      with asking as (
        select s.tenant_id, s.id from loom.tasks t join loom.steps s on s.tenant_id = t.tenant_id and s.task_id = t.id
        where t.job_id = ${jobId} and s.state = 'replied'
      )
      select 'question' as kind, q.id from asking s
      join loom.questions q on q.tenant_id = s.tenant_id and q.step_id = s.id where q.state = 'open'
      union all
      select 'approval', a.id from asking s
      join loom.approvals a on a.tenant_id = s.tenant_id and a.step_id = s.id where a.state = 'open'`
    for (const { id, kind } of open) {
      await announceAgain({ store, tx, sealer }, { tenantId, jobId, kind, subject: id })
    }
  })
}
