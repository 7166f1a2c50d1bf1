import { dueMsOf, type RequestKind } from '../../core/requests.ts'
import { audit } from '../audit.ts'
import { inTenant, type Store, type TenantContext } from '../database.ts'

/** Writes down what somebody asked for, and where they are answered. Answers by when. Who may is the caller's to know. */
export async function openRequest(
  store: Store,
  context: TenantContext,
  input: { kind: RequestKind; contact: string; identityId?: string | undefined; receivedAtMs: number },
): Promise<{ requestId: string; dueAtMs: number }> {
  const { contact, identityId, kind, receivedAtMs } = input
  const { tenantId } = context
  const sealer = await store.vault.sealer(tenantId, 'content')
  const requestId = store.newId()
  const dueAtMs = dueMsOf(receivedAtMs)
  const iso = (ms: number) => new Date(ms).toISOString()
  await inTenant(store, tenantId, async (tx) => {
    await tx.sql`
      insert into loom.requests (tenant_id, id, kind, contact_sealed, identity_id, received_at, due_at)
      values (${tenantId}, ${requestId}, ${kind}, ${sealer.seal(`requests.contact:${requestId}`, contact)},
              ${identityId ?? null}, ${iso(receivedAtMs)}::timestamptz, ${iso(dueAtMs)}::timestamptz)`
    await audit({ store, tx }, context, {
      action: `request.open_${kind}`,
      subjectKind: 'request',
      subjectId: requestId,
    })
  })
  return { requestId, dueAtMs }
}
