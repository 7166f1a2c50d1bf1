import { inTenant, type Store, type TenantContext } from '../database.ts'
import { objectionsIn } from '../objections/load.ts'

/** `objected`: this person, or the account, wishes that none is kept. `undefined`: there is no such job. */
export type Given = 'given' | { objected: 'person' | 'account' } | undefined

/** Keeps what a person thought of a job: one word of each, the last counts; nothing of who objected to that. */
export async function giveFeedback(
  store: Store,
  context: TenantContext,
  input: { jobId: string; value: 1 | -1 },
): Promise<Given> {
  const { actor, tenantId } = context
  if (actor.kind !== 'person') return undefined
  return inTenant(store, tenantId, async (tx) => {
    const { feedback } = await objectionsIn(tx, actor)
    if (feedback.person) return { objected: 'person' }
    if (feedback.account) return { objected: 'account' }
    const given = await tx.sql`
      insert into loom.feedback (tenant_id, id, job_id, identity_id, value)
      select tenant_id, ${store.newId()}, id, ${actor.identityId}, ${input.value}::int from loom.jobs where id = ${input.jobId}
      on conflict (tenant_id, job_id, identity_id) do update set value = excluded.value returning id`
    return given.length > 0 ? 'given' : undefined
  })
}
