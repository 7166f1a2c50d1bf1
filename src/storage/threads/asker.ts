import type { ThreadId } from '../../core/thread-id.ts'
import { inTenant, type Store, type TenantContext } from '../database.ts'
import { identitiesOf } from '../identities/same-person.ts'

/** The id on the thread's platform of who asked for the newest job that is seen in it, where a person did whom it knows. */
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
      with newest as (
        select t.platform, b.asked_by from loom.threads t join loom.job_threads jt on jt.thread_id = t.id
        join loom.jobs j on j.id = jt.job_id join loom.briefs b on b.id = j.brief_id
        where t.address = ${input.thread} order by j.created_at desc, j.id desc limit 1
      )
      select i.id, i.external_sealed from newest n join loom.identities i on i.platform = n.platform
      where i.id in ${identitiesOf({ sql }, sql`n.asked_by`)} order by (i.id = n.asked_by) desc, i.created_at desc limit 1`,
  )
  return row && sealer.openText(`identities.external:${row.id}`, row.external_sealed)
}
