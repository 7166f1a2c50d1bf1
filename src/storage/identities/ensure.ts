import { LoomError } from '../../core/errors.ts'
import type { Sealer } from '../../core/ports.ts'
import type { Platform, Role } from '../../core/words.ts'
import { inTenant, type Store, type TenantContext, type Tx } from '../database.ts'
import { identities } from '../schema/index.ts'

export interface Person {
  identityId: string
  role: Role
  /** Asked that nothing of theirs be kept. */
  ignored: boolean
}

/** The person behind a platform's id, made as a member at first sight. */
export async function ensurePerson(
  store: Store,
  context: TenantContext,
  input: { platform: Platform; externalId: string; name?: string },
): Promise<Person> {
  const { tenantId } = context
  const { platform, ...person } = input
  const sealer = await store.vault.sealer(tenantId, 'content')
  return inTenant(store, tenantId, (tx) =>
    ensureIdentity({ store, tx, sealer }, { tenantId, platform, person, role: 'member' }),
  )
}

/** The row of a person on a platform, made at first sight. The first name that is told stays; a role is never changed. */
export async function ensureIdentity(
  deps: { store: Store; tx: Tx; sealer: Sealer },
  input: { tenantId: string; platform: Platform; person: { externalId: string; name?: string }; role: Role },
): Promise<Person> {
  const { sealer, store, tx } = deps
  const { person, platform, role, tenantId } = input
  const externalHash = sealer.hash('identity', `${platform}:${person.externalId}`)
  const find = () => tx.sql<{ id: string; role: Role; ignored: boolean; nameless: boolean }[]>`
    select id, role, ignored_at is not null as ignored, name_sealed is null as nameless
    from loom.identities where platform = ${platform} and external_hash = ${externalHash}`
  const seal = (id: string, name: string) => sealer.seal(`identities.name:${id}`, name)
  const [known] = await find()
  if (!known) {
    const id = store.newId()
    await tx.db
      .insert(identities)
      .values({
        tenantId,
        id,
        platform,
        externalHash,
        externalSealed: sealer.seal(`identities.external:${id}`, person.externalId),
        nameSealed: person.name === undefined ? null : seal(id, person.name),
        role,
      })
      .onConflictDoNothing()
  }
  const row = known ?? (await find())[0]
  if (!row) throw new LoomError({ kind: 'internal', message: 'Loom could not note who you are.' })
  if (known?.nameless && !known.ignored && person.name !== undefined) {
    await tx.sql`update loom.identities set name_sealed = ${seal(row.id, person.name)} where id = ${row.id}`
  }
  return { identityId: row.id, role: row.role, ignored: row.ignored }
}
