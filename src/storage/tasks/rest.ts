import { type RestReason, restWords } from '../../core/people.ts'
import type { Sealer } from '../../core/ports.ts'
import type { Tx } from '../database.ts'
import { appendEvents } from '../events.ts'

interface Deps {
  tx: Tx
  sealer: Sealer
}

/**
 * Lets one task of a locked job rest until people have spoken: it gives up its place and holds no worker, and the other
 * agents of the job go on. The job rests with it once nothing of it is left to do.
 */
export async function restTask(
  deps: Deps,
  input: { tenantId: string; jobId: string; taskId: string; reason: RestReason },
): Promise<void> {
  const { jobId, reason, taskId, tenantId } = input
  const { sql } = deps.tx
  const activity = deps.sealer.seal(`tasks.activity:${taskId}`, restWords[reason])
  await sql`delete from loom.ready_tasks where task_id = ${taskId} and tenant_id = ${tenantId}`
  await sql`
    update loom.tasks set state = 'suspended', activity_sealed = ${activity}
    where id = ${taskId} and state in ('ready', 'running')`
  await restIdleJobs(deps, { tenantId, jobIds: [jobId] })
}

/**
 * Suspends those of the locked jobs in which tasks wait for people and no other task can be worked on. A job that rests
 * at its cap keeps that reason: raising it is what it needs first.
 */
export async function restIdleJobs(
  deps: Deps,
  input: { tenantId: string; jobIds: readonly string[] },
): Promise<void> {
  const { tenantId } = input
  const { sql } = deps.tx
  const rested = await sql<{ id: string; reason: RestReason }[]>`
    update loom.jobs j
    set state = 'suspended', reason = case when exists (
      select 1 from loom.tasks t join loom.steps s on s.tenant_id = t.tenant_id and s.task_id = t.id
      join loom.questions q on q.tenant_id = s.tenant_id and q.step_id = s.id
      where t.job_id = j.id and t.state = 'suspended' and s.state = 'replied' and q.state = 'open'
    ) then 'question' else 'approval' end
    where j.id = any(${[...new Set(input.jobIds)]}::uuid[]) and j.state in ('planning', 'running', 'synthesizing')
      and not exists (select 1 from loom.ready_tasks r where r.job_id = j.id and r.tenant_id = ${tenantId})
      and exists (select 1 from loom.tasks t where t.job_id = j.id and t.state = 'suspended')
    returning j.id, j.reason`
  const events = rested.map(({ id, reason }) => ({
    jobId: id,
    event: { kind: 'suspended', reason } as const,
  }))
  await appendEvents(deps, { tenantId, events })
}
