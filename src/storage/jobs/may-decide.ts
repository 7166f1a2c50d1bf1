import type { Role } from '../../core/words.ts'
import { inTenant, type Store, type TenantContext, type Tx } from '../database.ts'

/** Whether who acts may decide for a job: who asked for it, on whichever platform, and the account's owners and admins. */
export async function mayDecide(
  store: Store,
  context: TenantContext,
  input: { jobId: string },
): Promise<boolean> {
  return inTenant(store, context.tenantId, async (tx) => {
    const [row] = await tx.sql<{ asked_by: string | null }[]>`
      select b.asked_by from loom.jobs j join loom.briefs b on b.id = j.brief_id where j.id = ${input.jobId}`
    return row ? isAskerOrAdmin(tx, context, { askedBy: row.asked_by }) : false
  })
}

/** Whether who acts is the person who asked, as one identity or as one member, or an admin or owner of the account. */
export async function isAskerOrAdmin(
  { sql }: Pick<Tx, 'sql'>,
  { actor }: TenantContext,
  input: { askedBy: string | null },
): Promise<boolean> {
  if (actor.kind !== 'person') return false
  const [person] = await sql<{ role: Role; member_role: Role | null; same: boolean }[]>`
    select i.role, m.role as member_role,
           i.id = o.id or coalesce(i.member_id = o.member_id and m.id is not null, false) as same
    from loom.identities i
    left join loom.members m on m.tenant_id = i.tenant_id and m.id = i.member_id and m.removed_at is null
    left join loom.identities o on o.tenant_id = i.tenant_id and o.id = ${input.askedBy}
    where i.id = ${actor.identityId}`
  const roles = [person?.role, person?.member_role]
  return person?.same === true || roles.includes('owner') || roles.includes('admin')
}
