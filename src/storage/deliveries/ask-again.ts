import { inTenant, type Store, type TenantContext } from '../database.ts'
import { announceAgain } from './announce.ts'
import { openAsked } from './asked.ts'

/**
 * What a job waits for is shown anew, where its message is no longer there: for a terminal that takes over a thread from
 * another one. Harmless when it is there.
 */
export async function askAgain(
  store: Store,
  context: TenantContext,
  input: { jobId: string },
): Promise<void> {
  const { jobId } = input
  const { tenantId } = context
  const sealer = await store.vault.sealer(tenantId, 'content')
  await inTenant(store, tenantId, async (tx) => {
    for (const { id, kind } of await openAsked(tx, { jobId })) {
      await announceAgain({ store, tx, sealer }, { tenantId, jobId, kind, subject: id })
    }
  })
}
