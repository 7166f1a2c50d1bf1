import type { CommitDeps, NewSummary, StepCommit } from './step-commit.ts'

/**
 * Writes what stands for older steps beside the newest one, which stays as it is like all others, and a usage row for
 * the call that made it. A call that is there already makes the whole commit fail.
 */
export async function writeSummaries(
  deps: CommitDeps,
  input: { tenantId: string; commits: readonly StepCommit[] },
): Promise<void> {
  await Promise.all(
    input.commits.flatMap(({ summary, task }) =>
      summary ? [writeSummary(deps, { ...input, summary, task })] : [],
    ),
  )
}

async function writeSummary(
  { sealer, store, tx }: CommitDeps,
  input: { tenantId: string; summary: NewSummary; task: StepCommit['task'] },
): Promise<void> {
  const { summary, task, tenantId } = input
  const { call, ordinal, standsForBefore, text } = summary
  const label = `steps.summary:${task.taskId}:${ordinal}`
  const written = tx.sql`
    update loom.steps set stands_for_before = ${standsForBefore}, summary_sealed = ${text === '' ? null : sealer.seal(label, text)}
    where task_id = ${task.taskId} and ordinal = ${ordinal}`
  if (!call) return void (await written)
  const { cacheReadTokens, cacheWriteTokens, inputTokens, outputTokens } = call.usage
  const paid = tx.sql`
    insert into loom.usage_events (
      tenant_id, id, kind, subject_id, job_id, task_id, provider, model, tier,
      input_tokens, cache_read_tokens, cache_write_tokens, output_tokens, cost_micro_usd, duration_ms,
      handed_from, handed_reason)
    values (${tenantId}, ${store.newId()}, 'step', ${summary.id}, ${task.jobId}, ${task.taskId}, ${call.provider},
            ${call.model}, ${call.tier}, ${inputTokens}, ${cacheReadTokens}, ${cacheWriteTokens}, ${outputTokens},
            ${call.costMicroUsd}, ${call.durationMs}, ${call.handover?.from ?? null}, ${call.handover?.reason ?? null})`
  await Promise.all([written, paid])
}
