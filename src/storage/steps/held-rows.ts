import type { Tx } from '../database.ts'
import type { StepCommit } from './step-commit.ts'

interface Members {
  tenantId: string
  holder: string
  commits: readonly StepCommit[]
}

/** A task that is still held: how often its worker was lost, and how much was said to it or to all of its job. */
export interface HeldRow {
  task_id: string
  lost: number
  said: number
}

/**
 * Which members still hold their task. The rows stay locked: nobody can take or end a task while it commits.
 */
export async function heldRows(tx: Tx, input: Members): Promise<HeldRow[]> {
  const tasks = input.commits.map((commit) => commit.task)
  return await tx.sql<HeldRow[]>`
    select r.task_id, r.lost,
           (select count(*)::int from loom.jobs j join loom.brief_messages b on b.brief_id = j.brief_id
            where j.id = r.job_id and b.position > 0
              and (b.to_task_id is null or b.to_task_id = r.task_id)) as said
    from loom.ready_tasks r
    join unnest(${tasks.map((task) => task.taskId)}::uuid[], ${tasks.map((task) => task.fence)}::bigint[])
      as t (task_id, fence) on t.task_id = r.task_id and t.fence = r.fence
    where r.holder = ${input.holder} and r.tenant_id = ${input.tenantId}
    order by r.task_id for update of r`
}

/** Fails the transaction unless every member holds its task and none of them has lost a worker since its last step. */
export async function expectHeld(tx: Tx, input: Members): Promise<void> {
  const tasks = input.commits.map((commit) => commit.task)
  await tx.sql`
    select loom.expect(count(*) = ${tasks.length} and coalesce(max(r.lost), 0) = 0)
    from loom.ready_tasks r
    join unnest(${tasks.map((task) => task.taskId)}::uuid[], ${tasks.map((task) => task.fence)}::bigint[])
      as t (task_id, fence) on t.task_id = r.task_id and t.fence = r.fence
    where r.holder = ${input.holder} and r.tenant_id = ${input.tenantId}`
}
