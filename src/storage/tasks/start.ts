import type { JobState } from '../../core/job-states.ts'
import { statesBefore } from '../../core/job-states.ts'
import type { TaskKind } from '../../core/words.ts'
import { inTenant, type Store, type TenantContext } from '../database.ts'
import { appendEvents, type NewEvent } from '../events.ts'
import { lockJobs } from '../jobs/lock.ts'
import type { HeldTask } from './held.ts'

/** Where a job stands while a task of the kind is worked on. */
export const jobStateFor: Record<TaskKind, JobState> = {
  gather: 'gathering',
  plan: 'planning',
  work: 'running',
  synthesize: 'synthesizing',
  review: 'synthesizing',
}

/**
 * Marks claimed tasks of one tenant as running and moves their jobs along. A task that was started before, by a worker
 * that is gone, is not announced again. Answers the ids of the tasks that are still to be done; a task whose job ended
 * meanwhile is not among them.
 */
export async function startTasks(
  store: Store,
  context: TenantContext,
  input: { tasks: readonly HeldTask[] },
): Promise<string[]> {
  const { tenantId } = context
  const sealer = await store.vault.sealer(tenantId, 'content')
  return inTenant(store, tenantId, async (tx) => {
    const ids = input.tasks.map((task) => task.taskId)
    const locked = lockJobs(
      tx,
      input.tasks.map((task) => task.jobId),
    )
    const started = tx.sql<{ id: string; job_id: string; kind: TaskKind; first: boolean }[]>`
      update loom.tasks t
      set state = 'running', started_at = coalesce(t.started_at, now())
      from (select id, started_at is null as first from loom.tasks where id = any(${ids}::uuid[]) for update) as before
      where t.id = before.id and t.state in ('ready', 'running')
      returning t.id, t.job_id, t.kind, before.first`
    const [rows] = await Promise.all([started, locked])
    const moves = [...new Set(rows.map((row) => row.kind))].map((kind) => {
      const to = jobStateFor[kind]
      const jobIds = [...new Set(rows.filter((row) => row.kind === kind).map((row) => row.job_id))]
      return tx.sql`
        update loom.jobs set state = ${to}, started_at = coalesce(started_at, now())
        where id = any(${jobIds}::uuid[]) and state = any(${statesBefore(to)}::text[])`
    })
    const events: NewEvent[] = rows
      .filter((row) => row.first)
      .map((row) => ({ jobId: row.job_id, taskId: row.id, event: { kind: 'task_started' } }))
    await Promise.all([...moves, appendEvents({ tx, sealer }, { tenantId, events })])
    return rows.map((row) => row.id)
  })
}
