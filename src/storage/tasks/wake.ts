import type { JobState } from '../../core/job-states.ts'
import type { Sealer } from '../../core/ports.ts'
import type { SuspendReason, TaskKind } from '../../core/words.ts'
import type { Tx } from '../database.ts'
import { appendEvents } from '../events.ts'
import { jobStateFor } from './start.ts'

interface Deps {
  tx: Tx
  sealer: Sealer
}

/**
 * Makes the resting tasks of a locked job ready again, or the one; what still waits for people stays. Answers their
 * kinds. Their old rows and fences are gone: a fence taken from the clock is above every one from before.
 */
export async function wakeTasks(
  { sql }: Tx,
  input: { tenantId: string; jobId: string; taskId?: string },
): Promise<TaskKind[]> {
  const one = input.taskId === undefined ? sql`` : sql`and t.id = ${input.taskId}`
  const rows = await sql<{ kind: TaskKind }[]>`
    with woken as (
      update loom.tasks t set state = 'ready'
      where t.job_id = ${input.jobId} and t.state = 'suspended' ${one} and not exists (
        select 1 from loom.steps s
        left join loom.questions q on q.tenant_id = s.tenant_id and q.step_id = s.id
        left join loom.approvals a on a.tenant_id = s.tenant_id and a.step_id = s.id
        where s.tenant_id = t.tenant_id and s.task_id = t.id and s.state = 'replied'
          and (q.state = 'open' or a.state = 'open'))
      returning t.id, t.lane, t.kind
    ), placed as (
      insert into loom.ready_tasks (task_id, tenant_id, job_id, lane, fence)
      select id, ${input.tenantId}, ${input.jobId}, lane, (extract(epoch from clock_timestamp()) * 1000000)::bigint
      from woken on conflict do nothing
    )
    select kind from woken`
  return rows.map(({ kind }) => kind)
}

/**
 * Lets a task go on for which people have spoken, and its job with it if that rested for the same reason. Of a job at
 * its cap it goes on once the cap is raised.
 */
export async function wakeTask(
  deps: Deps,
  input: { tenantId: string; jobId: string; taskId: string },
): Promise<void> {
  const { jobId, taskId, tenantId } = input
  const { sql } = deps.tx
  const [job] = await sql<{ state: JobState; reason: SuspendReason | null }[]>`
    select state, reason from loom.jobs where id = ${jobId}`
  await sql`update loom.tasks set activity_sealed = null where id = ${taskId} and state = 'suspended'`
  if (!job || (job.state === 'suspended' && job.reason === 'cap')) return
  const [kind] = await wakeTasks(deps.tx, input)
  if (kind === undefined || job.state !== 'suspended') return
  await sql`update loom.jobs set state = ${jobStateFor[kind]}, reason = null where id = ${jobId}`
  await appendEvents(deps, { tenantId, events: [{ jobId, event: { kind: 'resumed' } }] })
}
