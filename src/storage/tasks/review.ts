import { limits } from '../../core/limits.ts'
import type { Sealer } from '../../core/ports.ts'
import type { Store, Tx } from '../database.ts'
import { insertTasks, positions } from './add-system.ts'

/** Takes a task out of its worker's hands: it waits, in the middle of its work, for what it needs now. */
export async function waitMidway(
  { tx }: { tx: Tx },
  input: { tenantId: string; taskId: string },
): Promise<void> {
  await Promise.all([
    tx.sql`update loom.tasks set state = 'waiting' where id = ${input.taskId} and state = 'running'`,
    tx.sql`delete from loom.ready_tasks where task_id = ${input.taskId} and tenant_id = ${input.tenantId}`,
  ])
}

/** Asks another agent to check the draft of an answer, which waits for it. */
export async function addReview(
  deps: { store: Store; tx: Tx; sealer: Sealer },
  input: { tenantId: string; jobId: string; taskId: string; draft: string; asked: number },
): Promise<void> {
  const { asked, draft, jobId, taskId, tenantId } = input
  const { sql } = deps.tx
  const id = deps.store.newId()
  const [before] = await sql<{ reviews: number }[]>`
    select count(*)::int as reviews from loom.tasks where job_id = ${jobId} and kind = 'review'`
  const review = {
    id,
    kind: 'review',
    lane: 'worker',
    tier: 'quick',
    position: positions.review + (before?.reviews ?? 0),
    answers: false,
    spec: { key: 'check', title: 'Checking the answer', objective: draft, output: '', files: [], asked },
    needs: [],
    maxSteps: limits.reviewSteps,
  } as const
  await insertTasks(deps, { tenantId, jobId, tasks: [review] })
  await Promise.all([
    sql`insert into loom.task_needs (tenant_id, task_id, needs_id) values (${tenantId}, ${taskId}, ${id})`,
    sql`update loom.tasks set waiting_on = waiting_on + 1 where id = ${taskId}`,
  ])
}
