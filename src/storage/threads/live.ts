import { endedStates } from '../../core/job-states.ts'
import type { ThreadId } from '../../core/thread-id.ts'
import type { Platform } from '../../core/words.ts'
import { inTenant, type Store, type TenantContext } from '../database.ts'

export interface ThreadToRead {
  thread: ThreadId
  installationId: string
  /** When the newest of what people said there was said, as far as it is kept; nothing from before it watched the job. */
  lastSaidAtMs: number
}

/** The threads of a platform in which a job of the account runs. */
export async function liveThreads(
  store: Store,
  context: TenantContext,
  input: { platform: Platform },
): Promise<ThreadToRead[]> {
  const rows = await inTenant(
    store,
    context.tenantId,
    ({ sql }) => sql<{ address: string; installation_id: string; said: number }[]>`
      select t.address, t.installation_id, extract(epoch from greatest(coalesce(
               (select max(m.said_at) from loom.messages m where m.thread_id = t.id and m.author <> 'loom'),
               j.created_at), case when jt.part = 'watcher' then jt.created_at end))::float8 * 1000 as said
      from loom.job_threads jt join loom.jobs j on j.id = jt.job_id join loom.threads t on t.id = jt.thread_id
      where jt.live and t.platform = ${input.platform}
        and j.state <> all(${endedStates as unknown as string[]}::text[])
      order by j.created_at, t.id`,
  )
  return rows.map((row) => ({
    thread: row.address as ThreadId,
    installationId: row.installation_id,
    lastSaidAtMs: row.said,
  }))
}
