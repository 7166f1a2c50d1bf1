import type { ThreadMessage } from '../../core/brief.ts'
import { parseThreadId } from '../../core/thread-id.ts'
import { inTenant, type Store, type TenantContext } from '../database.ts'
import type { HeldTask } from '../tasks/held.ts'
import { holdTask } from '../tasks/hold.ts'
import { keepMessages } from './keep-messages.ts'

/**
 * Keeps what was said in the thread of a job before Loom came, under its gathering task's lease: each message once, the
 * prompt as it reads now. From then on the thread counts as read. Throws `lease_lost`.
 */
export async function keepHistory(
  store: Store,
  context: TenantContext,
  input: { task: HeldTask; holder: string; messages: readonly ThreadMessage[] },
): Promise<void> {
  const { tenantId } = context
  const sealer = await store.vault.sealer(tenantId, 'content')
  await inTenant(store, tenantId, async (tx) => {
    await holdTask(tx, context, input)
    const [at] = await tx.sql<Prompt[]>`
      select t.id as "threadId", t.address, m.id, m.external_hash as hash
      from loom.jobs j join loom.briefs b on b.id = j.brief_id
      join loom.threads t on t.id = b.thread_id join loom.messages m on m.id = b.prompt_message_id
      where j.id = ${input.task.jobId} for no key update of t`
    if (!at) return
    const { hash, id, threadId } = at
    const isPrompt = ({ key }: ThreadMessage) => hash?.equals(sealer.hash('message', key)) ?? false
    const now = input.messages.find(isPrompt)
    if (now && now.text.trim() !== '') {
      const body = sealer.seal(`messages.body:${id}`, now.text)
      await tx.sql`update loom.messages set body_sealed = ${body} where id = ${id} and removed_at is null`
    }
    const { platform } = parseThreadId(at.address)
    const messages = input.messages.filter((message) => !isPrompt(message))
    await keepMessages({ store, tx, sealer }, { tenantId, threadId, platform, messages })
    await tx.sql`update loom.threads set history_at = now() where id = ${threadId} and history_at is null`
  })
}

interface Prompt {
  threadId: string
  address: string
  id: string
  hash: Buffer | null
}
