import { endedStates, type JobState } from '../../core/job-states.ts'
import type { ThreadId } from '../../core/thread-id.ts'
import { atOnceInTenant, type Store, type TenantContext } from '../database.ts'

export interface FoundThread {
  threadId: string
  installationId: string
  /** The job that runs in it now. */
  live?: { jobId: string; state: JobState }
  /** The newest job of it that has ended. */
  last?: { jobId: string; askedBy: string | undefined }
}

/** A thread in which Loom was addressed, in one round trip; `undefined` for any other. */
export async function findThread(
  store: Store,
  context: TenantContext,
  input: { thread: ThreadId },
): Promise<FoundThread | undefined> {
  const [found] = await findThreads(store, context, { threads: [input.thread] })
  return found
}

/** The same of many, in the order in which they are asked for. */
export async function findThreads(
  store: Store,
  context: TenantContext,
  input: { threads: readonly ThreadId[] },
): Promise<(FoundThread | undefined)[]> {
  const ended = endedStates as unknown as string[]
  const [rows] = await atOnceInTenant<[Row[]]>(store, context.tenantId, ({ sql }) => [
    sql<Row[]>`
      select t.address, t.id, t.installation_id, live.id as live_id, live.state as live_state, last.id as last_id,
        last.asked_by
      from loom.threads t
      left join lateral (
        select j.id, j.state from loom.job_threads jt join loom.jobs j on j.id = jt.job_id
        where jt.thread_id = t.id and jt.live and j.state <> all(${ended}::text[]) limit 1
      ) live on true
      left join lateral (
        select j.id, b.asked_by from loom.job_threads jt join loom.jobs j on j.id = jt.job_id
        join loom.briefs b on b.id = j.brief_id
        where jt.thread_id = t.id and j.state = any(${ended}::text[]) order by j.created_at desc, j.id desc limit 1
      ) last on true
      where t.address = any(${input.threads as string[]}::text[])`,
  ])
  const found = new Map(rows.map((row) => [row.address, foundOf(row)]))
  return input.threads.map((thread) => found.get(thread))
}

function foundOf(row: Row): FoundThread {
  return {
    threadId: row.id,
    installationId: row.installation_id,
    ...(row.live_id && row.live_state ? { live: { jobId: row.live_id, state: row.live_state } } : {}),
    ...(row.last_id ? { last: { jobId: row.last_id, askedBy: row.asked_by ?? undefined } } : {}),
  }
}

interface Row {
  address: string
  id: string
  installation_id: string
  live_id: string | null
  live_state: JobState | null
  last_id: string | null
  asked_by: string | null
}
