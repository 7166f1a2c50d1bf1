import { LoomError } from '../../core/errors.ts'
import type { CommitDeps, StepCommit } from './step-commit.ts'

/**
 * Keeps what came of the calls of steps that were kept as `replied`. Throws `conflict`, so that the whole commit fails,
 * when one of them has its results already.
 */
export async function endSteps(deps: CommitDeps, input: { commits: readonly StepCommit[] }): Promise<void> {
  const rows = input.commits.flatMap(({ stepEnd, task }) => (stepEnd ? [{ ...stepEnd, ...task }] : []))
  if (rows.length === 0) return
  const { sql } = deps.tx
  const results = rows.map(({ id, results }) =>
    deps.sealer.seal(`steps.results:${id}`, JSON.stringify(results)),
  )
  const ended = await sql`
    update loom.steps s set state = 'committed', results_sealed = e.results
    from unnest(
      ${rows.map(({ id }) => id)}::uuid[], ${rows.map(({ taskId }) => taskId)}::uuid[], ${sql.array(results, 1001)}::bytea[]
    ) as e (id, task_id, results)
    where s.id = e.id and s.task_id = e.task_id and s.state = 'replied' returning s.id`
  if (ended.length === rows.length) return
  throw new LoomError({
    kind: 'conflict',
    message: 'The job went on elsewhere.',
    detail: 'the step has its results already',
    retryable: false,
  })
}
