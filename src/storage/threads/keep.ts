import type { ThreadMessage } from '../../core/brief.ts'
import { parseThreadId, type ThreadId } from '../../core/thread-id.ts'
import { atOnceInTenant, inTenant, type Store, type TenantContext } from '../database.ts'
import { keepMessages } from './keep-messages.ts'

/**
 * Keeps what is said in a thread that Loom works in, or has worked in: context for what comes, never an order. One round
 * trip for any other thread. Answers `false` for such a one, for what is there already, for Loom's own posts, and for an
 * author of whom nothing may be kept.
 */
export async function keepThreadMessage(
  store: Store,
  context: TenantContext,
  input: { thread: ThreadId; message: ThreadMessage },
): Promise<boolean> {
  const { message, thread } = input
  const { tenantId } = context
  if (message.author.kind === 'loom') return false
  // A thread to which Loom had no more than a word to say has no history yet: what is said there stays unread.
  const [[known]] = await atOnceInTenant<[{ id: string }[]]>(store, tenantId, ({ sql }) => [
    sql<{ id: string }[]>`
      select id from loom.threads t where address = ${thread}
        and exists (select 1 from loom.tenants n where n.state = 'active')
        and (history_at is not null or exists (select 1 from loom.briefs b where b.thread_id = t.id))`,
  ])
  if (!known) return false
  const sealer = await store.vault.sealer(tenantId, 'content')
  const { platform } = parseThreadId(thread)
  const kept = await inTenant(store, tenantId, (tx) =>
    keepMessages({ store, tx, sealer }, { tenantId, threadId: known.id, platform, messages: [message] }),
  )
  return kept > 0
}
