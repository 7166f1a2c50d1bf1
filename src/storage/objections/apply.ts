import type { ObjectionSubject } from '../../core/objections.ts'
import { audit } from '../audit.ts'
import { inTenant, type Store, type TenantContext, type Tx } from '../database.ts'
import { identitiesOf } from '../identities/same-person.ts'

interface Objecting {
  what: ObjectionSubject
  off: boolean
  at: string
  identityId?: string | undefined
}

/** Does what a deed of the ledger says of an objection; what was kept before goes with it. Idempotent. */
export async function applyObjection(store: Store, context: TenantContext, deed: Objecting): Promise<void> {
  const { identityId, off, what } = deed
  await inTenant(store, context.tenantId, async (tx) => {
    if (identityId === undefined) await ofAccount(tx, deed)
    else await ofPerson(tx, { ...deed, identityId })
    await audit({ store, tx }, context, {
      action: `${off ? 'object' : 'allow'}.${what}`,
      subjectKind: identityId === undefined ? 'tenant' : 'identity',
      subjectId: identityId ?? context.tenantId,
    })
  })
}

async function ofPerson(
  tx: Tx,
  { at, identityId, off, what }: Objecting & { identityId: string },
): Promise<void> {
  const { sql } = tx
  const column = sql(`${what}_off_at`)
  const own = identitiesOf(tx, identityId)
  await sql`
    update loom.identities set ${column} = ${off ? at : null}::timestamptz
    where id in ${own} and (${column} is not null) <> ${off}`
  if (off && what === 'feedback') await sql`delete from loom.feedback where identity_id in ${own}`
}

async function ofAccount({ sql }: Tx, { at, off, what }: Objecting): Promise<void> {
  await sql`
    update loom.tenants set settings = case
      when not ${off} then settings #- array['objections', ${what}::text]
      else jsonb_set(settings || jsonb_build_object('objections', coalesce(settings -> 'objections', '{}'::jsonb)),
                     array['objections', ${what}::text], to_jsonb(${at}::text)) end`
  if (off && what === 'feedback') await sql`delete from loom.feedback`
}
