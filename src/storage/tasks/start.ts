import type { JobEvent } from '../../core/events.ts'
import type { JobState } from '../../core/job-states.ts'
import { statesBefore } from '../../core/job-states.ts'
import { type TaskKind, taskKinds } from '../../core/words.ts'
import { atOnceInTenant, type Store, type TenantContext } from '../database.ts'
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
  const ids = input.tasks.map((task) => task.taskId)
  const bodies = input.tasks.map(({ jobId }) => sealer.seal(`events.body:${jobId}`, JSON.stringify(started)))
  const [, rows] = await atOnceInTenant<[unknown, { id: string }[], ...unknown[]]>(store, tenantId, (tx) => {
    const { sql } = tx
    return [
      lockJobs(
        tx,
        input.tasks.map((task) => task.jobId),
      ),
      // What begins now has the transaction's own moment as its beginning: so the later statements know it.
      sql<{ id: string }[]>`
        update loom.tasks set state = 'running', started_at = coalesce(started_at, now())
        where id in (select id from loom.tasks where id = any(${ids}::uuid[]) order by id for update)
          and state in ('ready', 'running')
        returning id`,
      sql`
        update loom.jobs j set state = m.to_state, started_at = coalesce(j.started_at, now())
        from loom.tasks t
        join unnest(${moves.map((move) => move.kind)}::text[], ${moves.map((move) => move.to)}::text[],
                    ${moves.map((move) => move.from)}::text[]) as m (kind, to_state, from_state) on m.kind = t.kind
        where t.id = any(${ids}::uuid[]) and t.state = 'running' and j.id = t.job_id and j.state = m.from_state`,
      sql`
        with added as (
          select t.job_id, t.id as task_id, e.body, e.place
          from unnest(${ids}::uuid[], ${sql.array(bodies, 1001)}::bytea[]) with ordinality as e (task_id, body, place)
          join loom.tasks t on t.id = e.task_id
          where t.state = 'running' and t.started_at = now()
        ), bumped as (
          update loom.jobs j set event_seq = j.event_seq + c.events
          from (select job_id, count(*) as events from added group by job_id) as c where j.id = c.job_id
          returning j.id, j.event_seq - c.events as base
        )
        insert into loom.events (tenant_id, job_id, seq, kind, task_id, body_sealed)
        select ${tenantId}, a.job_id, b.base + row_number() over (partition by a.job_id order by a.place),
               ${started.kind}, a.task_id, a.body
        from added a join bumped b on b.id = a.job_id`,
    ]
  })
  return rows.map((row) => row.id)
}

const started: JobEvent = { kind: 'task_started' }

/** Where a job goes from where it is, by the kind of the task that begins. */
const moves = taskKinds.flatMap((kind) => {
  const to = jobStateFor[kind]
  return statesBefore(to).map((from) => ({ kind, to, from }))
})
