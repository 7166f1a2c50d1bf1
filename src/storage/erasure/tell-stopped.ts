import type { Sealer } from '../../core/ports.ts'
import type { Store, Tx } from '../database.ts'
import { openDelivery } from '../deliveries/open.ts'

interface Deps {
  store: Store
  tx: Tx
  sealer: Sealer
}

/** How far the clock of whoever asked may be ahead of the database's. */
const clocksMs = 60 * 60_000

/**
 * Says in every thread in which a job was ended with the words `ended`, about since then or later, that it can be asked
 * for again: once for each thread and subject.
 */
export async function tellStopped(
  deps: Deps,
  { tenantId }: { tenantId: string },
  input: { sinceMs: number; ended: string; text: string; subject: string },
): Promise<void> {
  const { ended, sinceMs, subject, text } = input
  const since = new Date(sinceMs - clocksMs).toISOString()
  const found = await deps.tx.sql<
    { answer_id: string; body_sealed: Uint8Array; thread_id: string; address: string }[]
  >`
    select m.id as answer_id, m.body_sealed, t.id as thread_id, t.address from loom.jobs j
    join loom.messages m on m.id = j.answer_message_id
    join loom.job_threads jt on jt.job_id = j.id join loom.threads t on t.id = jt.thread_id
    where j.state = 'cancelled' and j.ended_at >= ${since}::timestamptz order by j.id, t.id`
  for (const { address, answer_id, body_sealed, thread_id: threadId } of found) {
    if (deps.sealer.openText(`messages.body:${answer_id}`, body_sealed) !== ended) continue
    await openDelivery(deps, {
      tenantId,
      threadId,
      address,
      kind: 'notice',
      subject,
      text: JSON.stringify({ text }),
    })
  }
}
