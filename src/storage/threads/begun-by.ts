import type { ThreadId } from '../../core/thread-id.ts'
import { inTenant, type Store, type TenantContext } from '../database.ts'

/** Whether a message was the prompt of a brief in its thread: for the first message, that Loom's work began the thread. */
export async function wasPrompt(
  store: Store,
  context: TenantContext,
  input: { thread: ThreadId; key: string },
): Promise<boolean> {
  const sealer = await store.vault.sealer(context.tenantId, 'content')
  const hash = sealer.hash('message', input.key)
  const rows = await inTenant(
    store,
    context.tenantId,
    ({ sql }) => sql`
      select 1 from loom.threads t join loom.messages m on m.thread_id = t.id
      join loom.briefs b on b.prompt_message_id = m.id
      where t.address = ${input.thread} and m.external_hash = ${hash} limit 1`,
  )
  return rows.length > 0
}
