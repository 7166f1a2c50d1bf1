import type { FileSource } from '../../core/brief.ts'
import type { Sealer } from '../../core/ports.ts'
import type { Store, Tx } from '../database.ts'
import { messages } from '../schema/index.ts'

/**
 * A person's message of a thread. `key` is the platform's own id of it: what was kept under it as something overheard
 * is from now on what was said to Loom. Answers the message's id.
 */
export async function keepMessage(
  { sealer, store, tx }: { store: Store; tx: Tx; sealer: Sealer },
  input: {
    tenantId: string
    threadId: string
    identityId: string | undefined
    text: string
    saidAtMs: number
    key?: string | undefined
    files?: readonly FileSource[]
  },
): Promise<string> {
  const { files = [], identityId, key, saidAtMs, tenantId, text, threadId } = input
  const externalHash = key === undefined ? null : sealer.hash('message', key)
  const sealFor = (id: string) => ({
    bodySealed: sealer.seal(`messages.body:${id}`, text),
    filesSealed: files.length > 0 ? sealer.seal(`messages.files:${id}`, JSON.stringify(files)) : null,
  })
  const id = store.newId()
  const made = await tx.db
    .insert(messages)
    .values({
      tenantId,
      id,
      threadId,
      author: 'person',
      identityId: identityId ?? null,
      externalHash,
      ...sealFor(id),
      saidAt: new Date(saidAtMs),
    })
    .onConflictDoNothing({ target: [messages.tenantId, messages.threadId, messages.externalHash] })
    .returning({ id: messages.id })
  if (made.length > 0 || externalHash === null) return id
  const [there] = await tx.sql<{ id: string }[]>`
    select id from loom.messages where thread_id = ${threadId} and external_hash = ${externalHash} for no key update`
  // Kept under the same key so long ago that it does not exist any more and only waits for the night.
  if (!there) return keepMessage({ sealer, store, tx }, { ...input, key: undefined })
  const { bodySealed, filesSealed } = sealFor(there.id)
  await tx.sql`
    update loom.messages
    set author = 'person', identity_id = ${identityId ?? null}, body_sealed = ${bodySealed},
        files_sealed = coalesce(${filesSealed}::bytea, files_sealed)
    where id = ${there.id}`
  return there.id
}
