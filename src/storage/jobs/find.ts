import { endedStates, type JobState } from '../../core/job-states.ts'
import type { ThreadId } from '../../core/thread-id.ts'
import { inTenant, type Store, type TenantContext } from '../database.ts'

export interface FoundJob {
  jobId: string
  thread: ThreadId
  state: JobState
  title: string
  createdAtMs: number
}

/**
 * Jobs of the tenant, newest first: those that have not ended or whose answer has not been delivered where they were asked, and with
 * `digest` only those of that very brief.
 */
export async function findUnfinished(
  store: Store,
  context: TenantContext,
  input: { digest?: Buffer; limit: number },
): Promise<FoundJob[]> {
  const sealer = await store.vault.sealer(context.tenantId, 'content')
  return inTenant(store, context.tenantId, async ({ sql }) => {
    const same = input.digest ? sql`and b.digest = ${input.digest}` : sql``
    const rows = await sql<
      { id: string; address: string; state: JobState; title_sealed: Uint8Array | null; created: number }[]
    >`
      select j.id, t.address, j.state, j.title_sealed, extract(epoch from j.created_at)::float8 * 1000 as created
      from loom.jobs j join loom.briefs b on b.id = j.brief_id join loom.threads t on t.id = b.thread_id
      where (j.state <> all(${endedStates as unknown as string[]}::text[])
             or exists (select 1 from loom.deliveries d
                        where d.job_id = j.id and d.thread_id = b.thread_id and d.kind = 'answer' and d.state = 'pending')) ${same}
      order by j.created_at desc limit ${input.limit}`
    return rows.map((row) => ({
      jobId: row.id,
      thread: row.address as ThreadId,
      state: row.state,
      title: row.title_sealed ? sealer.openText(`jobs.title:${row.id}`, row.title_sealed) : '',
      createdAtMs: row.created,
    }))
  })
}
