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
  fence: number
  lost: number
  said: number
}

/**
 * Which members still hold their task. The rows stay locked: nobody can take or end a task while it commits.
 */
export async function heldRows(tx: Tx, input: Members): Promise<HeldRow[]> {
  return await heldWhere(tx, input, false)
}

/** The same; fails the transaction unless every member holds its task and none has lost a worker since its last step. */
export async function allHeldRows(tx: Tx, input: Members): Promise<HeldRow[]> {
  return await heldWhere(tx, input, true)
}

async function heldWhere(tx: Tx, input: Members, all: boolean): Promise<HeldRow[]> {
  const tasks = input.commits.map((commit) => commit.task)
  // The expectation stands on the outer side of the join, so that it is looked at even when nothing is held.
  const rows = await tx.sql<(HeldRow | { task_id: null })[]>`
    with held as materialized (
      select r.task_id, r.job_id, r.fence::float8 as fence, r.lost from loom.ready_tasks r
      join unnest(${tasks.map((task) => task.taskId)}::uuid[], ${tasks.map((task) => task.fence)}::bigint[])
        as t (task_id, fence) on t.task_id = r.task_id and t.fence = r.fence
      where r.holder = ${input.holder} and r.tenant_id = ${input.tenantId}
      order by r.task_id for update of r
    ), looked as materialized (
      select case when ${all} then loom.expect(count(*) = ${tasks.length} and coalesce(max(lost), 0) = 0) else true end as ok
      from held
    ), heard as materialized (
      select j.id as job_id, b.to_task_id from loom.jobs j join loom.brief_messages b on b.brief_id = j.brief_id
      where j.id in (select job_id from held) and b.position > 0
    )
    select h.task_id, h.fence, h.lost,
           (select count(*)::int from heard m
            where m.job_id = h.job_id and (m.to_task_id is null or m.to_task_id = h.task_id)) as said
    from looked l left join held h on l.ok`
  return rows.filter((row) => row.task_id !== null)
}

/** What tells a hold of a task from those before: two tries of one task can meet in one group. */
export function holdOf({ fence, taskId }: { taskId: string; fence: number }): string {
  return `${taskId} ${fence}`
}
