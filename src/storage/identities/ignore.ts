import type { Store, TenantContext } from '../database.ts'
import { mustBeThere } from '../erasure/forget-person.ts'
import { actorOf } from '../ledger/entries.ts'
import { recordDeed } from '../ledger/follow.ts'

/**
 * From now on nothing that a person says is taken: no order, no context, no file, no newer text of what is kept, and no
 * name. What was taken before is read by no new brief; `forgetPerson` takes it away. It holds in a restored backup too.
 * Idempotent. Throws `not_found`.
 */
export async function ignorePerson(
  store: Store,
  context: TenantContext,
  input: { identityId: string },
): Promise<void> {
  await record(store, context, { ...input, kind: 'ignore' })
}

/** The person is heard again, from now on. Idempotent. Throws `not_found`. */
export async function heedPerson(
  store: Store,
  context: TenantContext,
  input: { identityId: string },
): Promise<void> {
  await record(store, context, { ...input, kind: 'heed' })
}

async function record(
  store: Store,
  context: TenantContext,
  { identityId, kind }: { identityId: string; kind: 'ignore' | 'heed' },
): Promise<void> {
  await recordDeed(store, async (nowMs) => {
    await mustBeThere(store, context, identityId)
    const { tenantId } = context
    return { kind, tenantId, identityId, at: new Date(nowMs).toISOString(), by: actorOf(context) }
  })
}
