import type { Sealer } from '../../core/ports.ts'
import type { Store, Tx } from '../database.ts'
import { messages } from '../schema/index.ts'

/** A person's message of a thread. `key` is the platform's own id of it. Answers the message's id. */
export async function keepMessage(
  { sealer, store, tx }: { store: Store; tx: Tx; sealer: Sealer },
  input: {
    tenantId: string
    threadId: string
    identityId: string | undefined
    text: string
    saidAtMs: number
    key?: string
  },
): Promise<string> {
  const { identityId, key, saidAtMs, tenantId, text, threadId } = input
  const id = store.newId()
  await tx.db.insert(messages).values({
    tenantId,
    id,
    threadId,
    author: 'person',
    ...(identityId === undefined ? {} : { identityId }),
    ...(key === undefined ? {} : { externalHash: sealer.hash('message', key) }),
    bodySealed: sealer.seal(`messages.body:${id}`, text),
    saidAt: new Date(saidAtMs),
  })
  return id
}
