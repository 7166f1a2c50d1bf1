import { parseThreadId } from '../../core/thread-id.ts'
import type { Store, Tx } from '../database.ts'
import { threads } from '../schema/index.ts'

/** The thread's row, locked: what is said in one thread is taken one by one. */
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
  const [row] = await deps.tx.sql<{ id: string; read: boolean }[]>`
    select id, history_at is not null as read from loom.threads where address = ${input.address} for no key update`
  return { threadId: row?.id ?? id, historyRead: row?.read ?? false }
}
