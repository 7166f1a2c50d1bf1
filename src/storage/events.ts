import type { JobEvent } from '../core/events.ts'
import type { Sealer } from '../core/ports.ts'
import type { Tx } from './database.ts'

export interface NewEvent {
  jobId: string
  taskId?: string
  event: JobEvent
}

/** Appends events in the given order, numbered without gaps within each job. One statement; bumps the jobs' rows. */
export async function appendEvents(
  deps: { tx: Tx; sealer: Sealer },
  input: { tenantId: string; events: readonly NewEvent[] },
): Promise<void> {
  if (input.events.length === 0) return
  const { sql } = deps.tx
  const bodies = input.events.map(({ jobId, event }) =>
    deps.sealer.seal(`events.body:${jobId}`, JSON.stringify(event)),
  )
  await sql`
    with added as (
      select * from unnest(
        ${input.events.map((item) => item.jobId)}::uuid[], ${input.events.map((item) => item.event.kind)}::text[],
        ${input.events.map((item) => item.taskId ?? null)}::uuid[], ${sql.array(bodies, 1001)}::bytea[]
      ) with ordinality as e (job_id, kind, task_id, body, place)
    ), counted as (
      select job_id, count(*) as events from added group by job_id
    ), bumped as (
      update loom.jobs j set event_seq = j.event_seq + c.events from counted c where j.id = c.job_id
      returning j.id, j.event_seq - c.events as base
    )
    insert into loom.events (tenant_id, job_id, seq, kind, task_id, body_sealed)
    select ${input.tenantId}, a.job_id, b.base + row_number() over (partition by a.job_id order by a.place),
           a.kind, a.task_id, a.body
    from added a join bumped b on b.id = a.job_id`
}
