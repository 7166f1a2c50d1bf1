import { costOf } from './spending-of.ts'
import type { CommitDeps, StepCommit } from './step-commit.ts'

/**
 * What the tasks' own rows tell of their steps, and what they hold now. Fails the transaction (`loom.expect`) when one
 * holds something else than its member releases: then a commit whose answer was lost had been written, and the same
 * reservation would be taken twice.
 */
export async function noteProgress(
  deps: CommitDeps,
  commits: readonly StepCommit[],
  granted: readonly number[],
): Promise<void> {
  const rows = commits
    .map((commit, index) => ({ ...commit, reserved: granted[index] ?? 0 }))
    .filter(
      ({ releaseMicroUsd, reserved, step, stepEnd, summary }) =>
        step || stepEnd || summary || releaseMicroUsd !== reserved,
    )
  if (rows.length === 0) return
  const { sql } = deps.tx
  const activities = rows.map(({ step, stepEnd, task }) => {
    const activity = step?.state === 'replied' ? undefined : (stepEnd ?? step)?.activity
    return activity !== undefined ? deps.sealer.seal(`tasks.activity:${task.taskId}`, activity) : null
  })
  await sql`
    with noted as (
      update loom.tasks t
      set steps = coalesce(s.ordinal + 1, t.steps), cost_micro_usd = t.cost_micro_usd + s.cost,
          activity_sealed = coalesce(s.activity, t.activity_sealed), reserved_micro_usd = s.reserved
      from unnest(
        ${rows.map(({ task }) => task.taskId)}::uuid[], ${rows.map(({ step }) => step?.ordinal ?? null)}::int[],
        ${rows.map(costOf)}::bigint[], ${sql.array(activities, 1001)}::bytea[],
        ${rows.map(({ releaseMicroUsd }) => releaseMicroUsd)}::bigint[], ${rows.map(({ reserved }) => reserved)}::bigint[]
      ) as s (task_id, ordinal, cost, activity, released, reserved)
      where t.id = s.task_id and t.reserved_micro_usd = s.released
      returning 1
    )
    select loom.expect((select count(*) from noted) = ${rows.length})`
}
