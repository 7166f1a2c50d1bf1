import { inTenant, type Store, type TenantContext } from '../database.ts'

/** Whether who acts is an owner of the account, on the platform or as a member. */
export async function isOwner(store: Store, context: TenantContext): Promise<boolean> {
  const { actor, tenantId } = context
  if (actor.kind !== 'person') return false
  const rows = await inTenant(
    store,
    tenantId,
    ({ sql }) => sql`
      select 1 from loom.identities i
      left join loom.members m on m.id = i.member_id and m.removed_at is null
      where i.id = ${actor.identityId} and (i.role = 'owner' or m.role = 'owner')`,
  )
  return rows.length > 0
}
