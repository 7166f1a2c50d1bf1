import { parseThreadId } from '../../core/thread-id.ts'
import type { Store, Tx } from '../database.ts'
import { threads } from '../schema/index.ts'

/**
 * The thread's row, locked: what is said in one thread is taken one by one. It belongs to the installation that it was
 * last heard through: a workspace may be installed anew in another way.
 */
export async function ensureThread(
  deps: { store: Store; tx: Tx },
  input: { tenantId: string; installationId: string; address: string },
): Promise<{ threadId: string; historyRead: boolean }> {
  const id = deps.store.newId()
  const { platform } = parseThreadId(input.address)
  await deps.tx.db
    .insert(threads)
    .values({ ...input, id, platform })
    .onConflictDoNothing()
  const [row] = await deps.tx.sql<{ id: string; read: boolean; through: string }[]>`
    select id, history_at is not null as read, installation_id as through
    from loom.threads where address = ${input.address} for no key update`
  if (row && row.through !== input.installationId) {
    await deps.tx.sql`update loom.threads set installation_id = ${input.installationId} where id = ${row.id}`
  }
  return { threadId: row?.id ?? id, historyRead: row?.read ?? false }
}
