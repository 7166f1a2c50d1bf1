import type { ThreadId } from '../../core/thread-id.ts'
import { inTenant, type Store, type TenantContext } from '../database.ts'
import { ensureThread } from '../threads/ensure.ts'
import { openDelivery } from './open.ts'

/**
 * Puts a word on its way to a thread, with or without a job in it: once for each subject. `onlyFor` is the platform's id
 * of the one person who is to see it. From this alone nothing of the thread is kept.
 */
export async function sayInThread(
  store: Store,
  context: TenantContext,
  input: { installationId: string; thread: ThreadId; subject: string; text: string; onlyFor?: string },
): Promise<void> {
  const { installationId, onlyFor, subject, text, thread: address } = input
  const { tenantId } = context
  const sealer = await store.vault.sealer(tenantId, 'content')
  await inTenant(store, tenantId, async (tx) => {
    const deps = { store, tx, sealer }
    const { threadId } = await ensureThread(deps, { tenantId, installationId, address })
    const body = JSON.stringify({ text, ...(onlyFor === undefined ? {} : { onlyFor }) })
    await openDelivery(deps, { tenantId, threadId, address, kind: 'notice', subject, text: body })
  })
}
