import type { ExportForm } from '../../core/exports.ts'
import { dayMs } from '../../core/keep-days.ts'
import { audit } from '../audit.ts'
import { inTenant, type Store, type TenantContext } from '../database.ts'
import { identitiesOf } from '../identities/same-person.ts'
import { setTimer } from '../timers.ts'

export type Asked =
  /** It will be made; `anew` unless somebody made it wait already. */
  | { kind: 'asked'; anew: boolean; exportId: string; told: boolean }
  /** The one of this day is there. */
  | { kind: 'made'; exportId: string }

/**
 * Asks for an export in the name of the person who acts: one a day of each form, whichever of their identities asks. Asked
 * again, it answers how far that one is. `address` is the thread in which they are told, or the channel (`slack:C1`), where
 * it is the thread of it in which they last spoke. Who may ask for the whole account is the caller's to know. A fenced account may still.
 */
export async function askForExport(
  store: Store,
  context: TenantContext,
  input: { form: ExportForm; address: string | undefined },
): Promise<Asked | undefined> {
  const { actor, tenantId } = context
  if (actor.kind !== 'person') return undefined
  const { address = '', form } = input
  const { identityId } = actor
  return inTenant(store, tenantId, async (tx) => {
    const [person] = await tx.sql`select 1 from loom.identities where id = ${identityId} for no key update`
    if (!person) return undefined
    const since = new Date(store.now() - dayMs).toISOString()
    const [open] = await tx.sql<{ id: string; state: 'asked' | 'made'; told: boolean }[]>`
      select id, state, thread_id is not null as told from loom.exports
      where form = ${form} and identity_id in ${identitiesOf(tx, identityId)}
        and (state = 'asked' or (state = 'made' and made_at > ${since}::timestamptz))
      order by created_at desc limit 1`
    if (open?.state === 'made') return { kind: 'made', exportId: open.id }
    if (open) return { kind: 'asked', anew: false, exportId: open.id, told: open.told }
    const [thread] = await tx.sql<{ id: string }[]>`
      select t.id from loom.threads t where t.address = ${address}
      union all
      (select t.id from loom.messages m join loom.threads t on t.id = m.thread_id
       where m.identity_id = ${identityId} and starts_with(t.address, ${`${address}:`})
       order by m.said_at desc limit 1)
      limit 1`
    const exportId = store.newId()
    await tx.sql`
      insert into loom.exports (tenant_id, id, form, identity_id, thread_id)
      values (${tenantId}, ${exportId}, ${form}, ${identityId}, ${thread?.id ?? null})`
    await setTimer(tx, context, { kind: 'export', subjectId: exportId, dueAtMs: store.now() })
    await audit({ store, tx }, context, {
      action: 'export.asked',
      subjectKind: `export of ${form === 'tenant' ? 'the account' : 'a person'}`,
      subjectId: exportId,
    })
    return { kind: 'asked', anew: true, exportId, told: thread !== undefined }
  })
}
