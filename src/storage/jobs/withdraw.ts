import type { Sealer } from '../../core/ports.ts'
import type { Store, TenantContext, Tx } from '../database.ts'
import { announceAgain } from '../deliveries/announce.ts'
import { clearTimer } from '../timers.ts'

/** Takes back what the agents of a job that ends had asked: nobody needs to answer it any more. */
export async function withdrawAsked(
  deps: { store: Store; tx: Tx; sealer: Sealer },
  context: TenantContext,
  input: { jobId: string },
): Promise<void> {
  const { jobId } = input
  const { tenantId } = context
  const withdrawn = await deps.tx.sql<{ kind: 'question' | 'approval'; id: string }[]>`
    with asking as (
      select s.tenant_id, s.id from loom.tasks t join loom.steps s on s.tenant_id = t.tenant_id and s.task_id = t.id
      where t.job_id = ${jobId} and s.state = 'replied'
    ), questions as (
      update loom.questions q set state = 'withdrawn' from asking s
      where q.tenant_id = s.tenant_id and q.step_id = s.id and q.state = 'open' returning q.id
    ), approvals as (
      update loom.approvals a set state = 'withdrawn' from asking s
      where a.tenant_id = s.tenant_id and a.step_id = s.id and a.state = 'open' returning a.id
    )
    select 'question' as kind, id from questions union all select 'approval', id from approvals`
  for (const { id, kind } of withdrawn) {
    await announceAgain(deps, { tenantId, jobId, kind, subject: id })
    if (kind === 'approval') await clearTimer(deps.tx, context, { kind, subjectId: id })
  }
}
