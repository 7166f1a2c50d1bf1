import type { ThreadId } from '../../core/thread-id.ts'
import type { Platform } from '../../core/words.ts'
import { inTenant, type Store, type TenantContext } from '../database.ts'
import type { ThreadToRead } from './live.ts'

const dayMs = 86_400_000

/**
 * The direct conversations of a platform in which people of the account spoke to Loom within `days`, the newest first: those
 * that are one thread as a whole, in which everything is for Loom.
 */
export async function directThreads(
  store: Store,
  context: TenantContext,
  input: { platform: Platform; days: number; limit: number },
): Promise<ThreadToRead[]> {
  const since = new Date(store.now() - input.days * dayMs).toISOString()
  const rows = await inTenant(
    store,
    context.tenantId,
    ({ sql }) => sql<{ address: string; installation_id: string; said: number }[]>`
      select t.address, t.installation_id, extract(epoch from max(m.said_at))::float8 * 1000 as said
      from loom.threads t join loom.installations i on i.id = t.installation_id
      join loom.messages m on m.thread_id = t.id and m.author <> 'loom'
      where t.platform = ${input.platform} and i.kind = 'user'
        and split_part(t.address, ':', 2) = split_part(t.address, ':', 3)
      group by t.id, t.address, t.installation_id having max(m.said_at) >= ${since}::timestamptz
      order by max(m.said_at) desc limit ${input.limit}`,
  )
  return rows.map((row) => ({
    thread: row.address as ThreadId,
    installationId: row.installation_id,
    lastSaidAtMs: row.said,
  }))
}
