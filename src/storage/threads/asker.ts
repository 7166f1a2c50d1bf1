import type { ThreadId } from '../../core/thread-id.ts'
import { inTenant, type Store, type TenantContext } from '../database.ts'

/** The platform's id of who asked for the newest job of a thread, where a person did. */
export async function askerOf(
  store: Store,
  context: TenantContext,
  input: { thread: ThreadId },
): Promise<string | undefined> {
  const sealer = await store.vault.sealer(context.tenantId, 'content')
  const [row] = await inTenant(
    store,
    context.tenantId,
    ({ sql }) => sql<{ id: string; external_sealed: Uint8Array }[]>`
      select i.id, i.external_sealed from loom.threads t join loom.job_threads jt on jt.thread_id = t.id
      join loom.jobs j on j.id = jt.job_id join loom.briefs b on b.id = j.brief_id
      join loom.identities i on i.id = b.asked_by
      where t.address = ${input.thread} order by j.created_at desc, j.id desc limit 1`,
  )
  return row && sealer.openText(`identities.external:${row.id}`, row.external_sealed)
}
