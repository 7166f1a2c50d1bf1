import type { RequestState } from '../../core/requests.ts'
import { audit } from '../audit.ts'
import { inTenant, type Store, type TenantContext } from '../database.ts'

/**
 * A request was answered, or refused for a reason. Answers `false` for one that is not open: what was said first stays.
 */
export async function closeRequest(
  store: Store,
  context: TenantContext,
  input: { requestId: string; state: Exclude<RequestState, 'open'>; text?: string; by?: string },
): Promise<boolean> {
  const { by, requestId, state, text } = input
  const { tenantId } = context
  const sealer = await store.vault.sealer(tenantId, 'content')
  const answer = sealer.seal(`requests.answer:${requestId}`, JSON.stringify({ text, by }))
  return inTenant(store, tenantId, async (tx) => {
    const closed = await tx.sql`
      update loom.requests
      set state = ${state}, answer_sealed = ${answer}, answered_at = ${new Date(store.now()).toISOString()}::timestamptz
      where id = ${requestId} and state = 'open' returning id`
    if (closed.length === 0) return false
    await audit({ store, tx }, context, {
      action: `request.${state}`,
      subjectKind: 'request',
      subjectId: requestId,
    })
    return true
  })
}
