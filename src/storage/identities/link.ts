import type { Sealer } from '../../core/ports.ts'
import type { Role } from '../../core/words.ts'
import { audit } from '../audit.ts'
import { inTenant, type Store, type TenantContext, type Tx } from '../database.ts'
import { members } from '../schema/index.ts'

interface Deps {
  store: Store
  tx: Tx
  sealer: Sealer
}

/** `apart`: each of the two is a member already, and not the same one. */
export type Linked = 'linked' | 'already' | 'apart'

/**
 * Two identities are one person from now on: one member of the account, made where neither is one. An owner on one
 * platform is an owner on all; an admin stays one where the platform says so. The actor is who vouches for it.
 * Idempotent. Answers `undefined` where one of them is not there.
 */
export async function linkIdentities(
  store: Store,
  context: TenantContext,
  input: { identityId: string; sameAsId: string },
): Promise<Linked | undefined> {
  const { tenantId } = context
  const sealer = await store.vault.sealer(tenantId, 'content')
  return inTenant(store, tenantId, async (tx) => {
    const deps = { store, tx, sealer }
    const both = await lockBoth(tx, [input.identityId, input.sameAsId])
    if (both.length === 0) return undefined
    const isOwner = both.some(({ member_role, role }) => role === 'owner' || member_role === 'owner')
    const [memberId, other] = [...new Set(both.flatMap(({ member_id: id }) => id ?? []))]
    if (other !== undefined) return 'apart'
    const unlinked = both.filter(({ member_id }) => member_id === null)
    if (unlinked.length === 0) return 'already'
    const of = memberId ?? (await addMember(deps, tenantId))
    if (isOwner) await tx.sql`update loom.members set role = 'owner' where id = ${of}`
    for (const { id } of unlinked) {
      await tx.sql`update loom.identities set member_id = ${of} where id = ${id}`
      await audit(deps, context, { action: 'identity.link', subjectKind: 'identity', subjectId: id })
    }
    return 'linked'
  })
}

interface Row {
  id: string
  role: Role
  member_id: string | null
  member_role: Role | null
}

/** Nothing unless all are there. A member who was removed is none any more. */
async function lockBoth({ sql }: Tx, ids: string[]): Promise<Row[]> {
  const rows = await sql<Row[]>`
    select i.id, i.role, m.id as member_id, m.role as member_role
    from loom.identities i
    left join loom.members m on m.tenant_id = i.tenant_id and m.id = i.member_id and m.removed_at is null
    where i.id = any(${ids}::uuid[]) order by i.id for no key update of i`
  return rows.length === new Set(ids).size ? [...rows] : []
}

async function addMember({ store, tx }: Deps, tenantId: string): Promise<string> {
  const id = store.newId()
  await tx.db.insert(members).values({ tenantId, id, role: 'member' })
  return id
}
