import type { Sealer } from '../../core/ports.ts'
import type { Tx } from '../database.ts'

/** Messages of a brief that were taken back while its job had read them are emptied: nobody reads them any more. */
export async function forgetRemoved(
  { sealer, tx }: { tx: Tx; sealer: Sealer },
  input: { briefId: string },
): Promise<void> {
  const removed = await tx.sql<{ id: string }[]>`
    select m.id from loom.brief_messages b join loom.messages m on m.id = b.message_id
    where b.brief_id = ${input.briefId} and m.removed_at is not null`
  for (const { id } of removed) {
    const empty = sealer.seal(`messages.body:${id}`, '')
    await tx.sql`update loom.messages set body_sealed = ${empty}, files_sealed = null where id = ${id}`
  }
}
