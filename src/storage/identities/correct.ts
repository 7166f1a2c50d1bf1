import { audit } from '../audit.ts'
import { inTenant, type Store, type TenantContext } from '../database.ts'

/**
 * Puts right what Loom keeps of who somebody is: the name on that platform, and name and e-mail of the member of the account
 * that they are, if they are one. From then on it is told so; what agents have read meanwhile stays as they read it. Who
 * may is the caller's to know; of whoever asked to be ignored no name is taken. Answers `undefined` for nobody of this account, and whether there was a member.
 */
export async function correctPerson(
  store: Store,
  context: TenantContext,
  input: { identityId: string; name?: string | undefined; email?: string | undefined },
): Promise<{ member: boolean } | undefined> {
  const { email, identityId, name } = input
  const sealer = await store.vault.sealer(context.tenantId, 'content')
  return inTenant(store, context.tenantId, async (tx) => {
    const [person] = await tx.sql<{ member_id: string | null }[]>`
      select member_id from loom.identities where id = ${identityId} for no key update`
    if (!person) return undefined
    const { member_id: memberId } = person
    if (name !== undefined) {
      const sealed = sealer.seal(`identities.name:${identityId}`, name)
      await tx.sql`update loom.identities set name_sealed = ${sealed} where id = ${identityId} and ignored_at is null`
    }
    if (memberId !== null) {
      const sealed = (field: 'name' | 'email', text: string | undefined) =>
        text === undefined ? null : sealer.seal(`members.${field}:${memberId}`, text)
      await tx.sql`
        update loom.members set name_sealed = coalesce(${sealed('name', name)}::bytea, name_sealed),
          email_sealed = coalesce(${sealed('email', email)}::bytea, email_sealed)
        where id = ${memberId}`
    }
    await audit({ store, tx }, context, {
      action: 'person.corrected',
      subjectKind: 'identity',
      subjectId: identityId,
    })
    return { member: memberId !== null }
  })
}
