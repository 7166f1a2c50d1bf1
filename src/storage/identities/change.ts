import type { Role } from '../../core/words.ts'
import { audit } from '../audit.ts'
import { inTenant, type Store, type TenantContext } from '../database.ts'

/** What the platform says now of a person: a newer name, or another role. Nothing happens to one that is not there. */
export async function changeIdentity(
  store: Store,
  context: TenantContext,
  input: { identityId: string; name?: string; role?: Role },
): Promise<void> {
  const { identityId: id, name, role } = input
  const sealer = await store.vault.sealer(context.tenantId, 'content')
  await inTenant(store, context.tenantId, async (tx) => {
    if (name !== undefined) {
      const sealed = sealer.seal(`identities.name:${id}`, name)
      await tx.sql`update loom.identities set name_sealed = ${sealed} where id = ${id} and ignored_at is null`
    }
    if (role === undefined) return
    const changed = await tx.sql`
      update loom.identities set role = ${role} where id = ${id} and role <> ${role} returning id`
    if (changed.length === 0) return
    const subject = { subjectKind: 'identity', subjectId: id }
    await audit({ store, tx, sealer }, context, { action: `identity.role_${role}`, ...subject })
  })
}
