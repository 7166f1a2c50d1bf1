import type { ThreadId } from '../../core/thread-id.ts'
import type { Platform } from '../../core/words.ts'
import { inTenant, type Store, type TenantContext } from '../database.ts'

/** Whether a person of a platform has said something in a thread that Loom keeps. */
export async function spokeIn(
  store: Store,
  context: TenantContext,
  input: { thread: ThreadId; platform: Platform; externalId: string },
): Promise<boolean> {
  const { externalId, platform, thread } = input
  const sealer = await store.vault.sealer(context.tenantId, 'content')
  const hash = sealer.hash('identity', `${platform}:${externalId}`)
  const rows = await inTenant(
    store,
    context.tenantId,
    ({ sql }) => sql`
      select 1 from loom.threads t join loom.messages m on m.thread_id = t.id
      join loom.identities i on i.id = m.identity_id
      where t.address = ${thread} and i.platform = ${platform} and i.external_hash = ${hash} limit 1`,
  )
  return rows.length > 0
}
