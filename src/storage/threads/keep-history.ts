import type { ThreadMessage } from '../../core/brief.ts'
import type { Sealer } from '../../core/ports.ts'
import { parseThreadId } from '../../core/thread-id.ts'
import { inTenant, type Store, type TenantContext, type Tx } from '../database.ts'
import type { HeldTask } from '../tasks/held.ts'
import { holdTask } from '../tasks/hold.ts'
import { keepMessages } from './keep-messages.ts'

/**
 * Keeps what was said in the thread of a job before Loom came, under its gathering task's lease: each message once, and
 * what is here already, the prompt among it, as it reads now; `prompt` is how it reads where nothing else says so. From
 * then on the thread counts as read. Throws `lease_lost`.
 */
export async function keepHistory(
  store: Store,
  context: TenantContext,
  input: { task: HeldTask; holder: string; messages: readonly ThreadMessage[]; prompt?: string },
): Promise<void> {
  const { messages, prompt } = input
  const { tenantId } = context
  const sealer = await store.vault.sealer(tenantId, 'content')
  await inTenant(store, tenantId, async (tx) => {
    const deps = { store, tx, sealer }
    // The thread before its job, as whoever takes a reply locks them.
    const [at] = await tx.sql<{ id: string; address: string; prompt_id: string }[]>`
      select t.id, t.address, b.prompt_message_id as prompt_id from loom.jobs j join loom.briefs b on b.id = j.brief_id
      join loom.threads t on t.id = b.thread_id where j.id = ${input.task.jobId} for no key update of t`
    await holdTask(tx, context, input)
    if (!at) return
    const { address, id: threadId } = at
    await readAnew(deps, { threadId, messages })
    const { platform } = parseThreadId(address)
    if (prompt !== undefined) {
      const sealed = sealer.seal(`messages.body:${at.prompt_id}`, prompt)
      await tx.sql`update loom.messages set body_sealed = ${sealed} where id = ${at.prompt_id} and removed_at is null`
    }
    await keepMessages(deps, { tenantId, threadId, platform, messages })
    await tx.sql`update loom.threads set history_at = now() where id = ${threadId} and history_at is null`
  })
}

/** Nobody has read them yet for this job, and the jobs before it have ended: our copies take the newest words. */
async function readAnew(
  { sealer, tx }: { tx: Tx; sealer: Sealer },
  input: { threadId: string; messages: readonly ThreadMessage[] },
): Promise<void> {
  const now = new Map(
    input.messages.map(({ key, text }) => [sealer.hash('message', key).toString('hex'), text]),
  )
  const there = await tx.sql<{ id: string; hash: string; body: Uint8Array }[]>`
    select id, encode(external_hash, 'hex') as hash, body_sealed as body from loom.messages
    where thread_id = ${input.threadId} and removed_at is null
      and not exists (
        select 1 from loom.identities i where i.id = messages.identity_id and i.ignored_at is not null)
      and external_hash in (select decode(h, 'hex') from unnest(${[...now.keys()]}::text[]) as h)`
  for (const { body, hash, id } of there) {
    const text = now.get(hash)?.trim() ? now.get(hash) : undefined
    if (text === undefined || sealer.openText(`messages.body:${id}`, body) === text) continue
    const sealed = sealer.seal(`messages.body:${id}`, text)
    await tx.sql`update loom.messages set body_sealed = ${sealed} where id = ${id}`
  }
}
