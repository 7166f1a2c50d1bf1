import type { Sealer } from '../../core/ports.ts'
import { parseThreadId } from '../../core/thread-id.ts'
import type { DeliveryKind } from '../../core/words.ts'
import type { Store, Tx } from '../database.ts'
import { deliveries, dueDeliveries } from '../schema/index.ts'

/** The hash under which a process asks for the deliveries of one thread, without the thread's name in the open. */
export function threadHash(sealer: Sealer, address: string): Buffer {
  return sealer.hash('thread', address)
}

/**
 * Writes a delivery and its due row. Idempotent by job, thread, kind and subject: a second one is not made, and
 * answers `undefined`.
 */
export async function openDelivery(
  deps: { store: Store; tx: Tx; sealer: Sealer },
  input: {
    tenantId: string
    /** Missing for a word to a thread that has no job: its text is the JSON of what `loadDelivery` reads. */
    jobId?: string
    threadId: string
    address: string
    kind: DeliveryKind
    subject?: string
    text?: string
  },
): Promise<string | undefined> {
  const { store, tx, sealer } = deps
  const { jobId = null, kind, tenantId, threadId } = input
  const id = store.newId()
  const made = await tx.db
    .insert(deliveries)
    .values({
      tenantId,
      id,
      jobId,
      threadId,
      kind,
      subject: input.subject ?? '',
      bodySealed: input.text === undefined ? null : sealer.seal(`deliveries.body:${id}`, input.text),
    })
    .onConflictDoNothing()
    .returning({ id: deliveries.id })
  if (made.length === 0) return undefined
  await tx.db.insert(dueDeliveries).values({
    deliveryId: id,
    tenantId,
    jobId,
    platform: parseThreadId(input.address).platform,
    threadHash: threadHash(sealer, input.address),
    dueAt: new Date(store.now()),
  })
  return id
}
