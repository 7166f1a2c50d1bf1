import type { ObjectionSubject } from '../../core/objections.ts'
import type { Store, TenantContext } from '../database.ts'
import { mustBeThere } from '../erasure/forget-person.ts'
import { actorOf } from '../ledger/entries.ts'
import { recordDeed } from '../ledger/follow.ts'
import { loadObjections } from './load.ts'

/**
 * A person objects to something, or no longer does; without one, the whole account. What was kept of it before goes. It holds
 * in a restored backup too. Who may is the caller's to know. Idempotent: answers whether anything changed. Throws `not_found`.
 */
export async function changeObjection(
  store: Store,
  context: TenantContext,
  input: { what: ObjectionSubject; off: boolean; identityId: string | undefined },
): Promise<boolean> {
  const { identityId, off, what } = input
  const { tenantId } = context
  const deed = await recordDeed(store, async (nowMs) => {
    if (identityId !== undefined) await mustBeThere(store, context, identityId)
    // Nobody in particular: of whom only the account's own word is looked at.
    const now = await loadObjections(store, context, { identityId: identityId ?? tenantId })
    const isOff = identityId === undefined ? now[what].account : now[what].person
    if (isOff === off) return undefined
    return {
      kind: 'object',
      ...{ tenantId, what, off, at: new Date(nowMs).toISOString(), by: actorOf(context) },
      ...(identityId === undefined ? {} : { identityId }),
    }
  })
  return deed !== undefined
}
