import { endedStates, type JobState } from '../../core/job-states.ts'
import type { ThreadId } from '../../core/thread-id.ts'
import type { SuspendReason } from '../../core/words.ts'
import { inTenant, type Store, type TenantContext } from '../database.ts'
import { identitiesOf } from '../identities/same-person.ts'
import { threadsOfJob } from './look.ts'

export interface JobLine {
  jobId: string
  title: string
  state: JobState
  reason: SuspendReason | undefined
  costMicroUsd: number
  capMicroUsd: number
  startedAtMs: number
  thread: ThreadId
  /** All in which it is seen: that of its brief first, then those that watch it. */
  threads: readonly ThreadId[]
}

/**
 * The tenant's newest jobs: all, or those of one person on whatever platform they asked, of one thread, those that have
 * not ended or that have.
 */
export async function listJobs(
  store: Store,
  context: TenantContext,
  input: { askedBy?: string; threadId?: string; live?: boolean; limit: number },
): Promise<JobLine[]> {
  const { askedBy, limit, live, threadId } = input
  const sealer = await store.vault.sealer(context.tenantId, 'content')
  return inTenant(store, context.tenantId, async (tx) => {
    const { sql } = tx
    const ended = sql`j.state = any(${endedStates as unknown as string[]}::text[])`
    const rows = await sql<Row[]>`
      select j.id, t.address, ${threadsOfJob(tx)} as threads, j.state, j.reason, j.title_sealed, j.cap_micro_usd::float8 as cap,
             extract(epoch from j.created_at)::float8 * 1000 as started,
             (select coalesce(sum(cost_micro_usd), 0)::float8 from loom.tasks k where k.job_id = j.id) as cost
      from loom.jobs j join loom.briefs b on b.id = j.brief_id join loom.threads t on t.id = b.thread_id
      where true
        ${askedBy === undefined ? sql`` : sql`and b.asked_by in ${identitiesOf(tx, askedBy)}`}
        ${threadId === undefined ? sql`` : sql`and b.thread_id = ${threadId}`}
        ${live === undefined ? sql`` : live ? sql`and not ${ended}` : sql`and ${ended}`}
      order by j.created_at desc, j.id desc limit ${limit}`
    return rows.map((row) => ({
      jobId: row.id,
      title: row.title_sealed ? sealer.openText(`jobs.title:${row.id}`, row.title_sealed) : '',
      state: row.state,
      reason: row.reason ?? undefined,
      costMicroUsd: row.cost,
      capMicroUsd: row.cap,
      startedAtMs: row.started,
      thread: row.address as ThreadId,
      threads: row.threads as ThreadId[],
    }))
  })
}

interface Row {
  id: string
  address: string
  threads: string[]
  state: JobState
  reason: SuspendReason | null
  title_sealed: Uint8Array | null
  cap: number
  started: number
  cost: number
}
