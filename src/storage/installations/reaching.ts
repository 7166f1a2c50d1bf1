import { parseThreadId, type ThreadId } from '../../core/thread-id.ts'
import { inTenant, type Store, type TenantContext } from '../database.ts'

/**
 * The connected installations by which a thread may be reached: the one by which it was heard, else all of its platform.
 */
export async function installationsReaching(
  store: Store,
  context: TenantContext,
  input: { thread: ThreadId },
): Promise<string[]> {
  const { platform } = parseThreadId(input.thread)
  const rows = await inTenant(
    store,
    context.tenantId,
    ({ sql }) => sql<{ id: string; heard: boolean }[]>`
      select i.id, exists (select 1 from loom.threads t
                           where t.installation_id = i.id and t.address = ${input.thread}) as heard
      from loom.installations i
      where i.platform = ${platform} and i.revoked_at is null order by i.created_at, i.id`,
  )
  const heard = rows.filter((row) => row.heard)
  return (heard.length > 0 ? heard : rows).map(({ id }) => id)
}
