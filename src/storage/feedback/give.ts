import { inTenant, type Store, type TenantContext } from '../database.ts'

/** Keeps what a person thought of a job: one word of each, the last counts. Answers whether there is such a job. */
export async function giveFeedback(
  store: Store,
  context: TenantContext,
  input: { jobId: string; value: 1 | -1 },
): Promise<boolean> {
  const { actor, tenantId } = context
  if (actor.kind !== 'person') return false
  const given = await inTenant(
    store,
    tenantId,
    ({ sql }) => sql`
      insert into loom.feedback (tenant_id, id, job_id, identity_id, value)
      select tenant_id, ${store.newId()}, id, ${actor.identityId}, ${input.value}::int from loom.jobs where id = ${input.jobId}
      on conflict (tenant_id, job_id, identity_id) do update set value = excluded.value returning id`,
  )
  return given.length > 0
}
