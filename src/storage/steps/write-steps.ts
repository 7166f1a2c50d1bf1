import type { CommitDeps, StepCommit } from './step-commit.ts'

/** Writes transcripts and usage rows. A step that is there already makes the whole commit fail, so nothing doubles. */
export async function writeSteps(
  deps: CommitDeps,
  input: { tenantId: string; commits: readonly StepCommit[] },
): Promise<void> {
  const rows = input.commits.flatMap(({ step, task }) => (step ? [{ step, task }] : []))
  if (rows.length === 0) return
  const { sql } = deps.tx
  const { sealer } = deps
  const ids = rows.map(({ step }) => step.id)
  const jobIds = rows.map(({ task }) => task.jobId)
  const taskIds = rows.map(({ task }) => task.taskId)
  const replies = rows.map(({ step }) => sealer.seal(`steps.reply:${step.id}`, JSON.stringify(step.reply)))
  const states = rows.map(({ step }) => step.state ?? 'committed')
  const results = rows.map(({ step }) =>
    step.state === 'replied' ? null : sealer.seal(`steps.results:${step.id}`, JSON.stringify(step.results)),
  )
  const heard = rows.flatMap(({ step }) =>
    (step.heard ?? []).map((messageId) => ({ stepId: step.id, messageId })),
  )
  await Promise.all([
    sql`
      insert into loom.steps (tenant_id, id, job_id, task_id, ordinal, state, reply_sealed, results_sealed)
      select ${input.tenantId}, s.id, s.job_id, s.task_id, s.ordinal, s.state, s.reply, s.results
      from unnest(
        ${ids}::uuid[], ${jobIds}::uuid[], ${taskIds}::uuid[], ${rows.map(({ step }) => step.ordinal)}::int[],
        ${states}::text[], ${sql.array(replies, 1001)}::bytea[], ${sql.array(results, 1001)}::bytea[]
      ) as s (id, job_id, task_id, ordinal, state, reply, results)`,
    sql`
      insert into loom.usage_events (
        tenant_id, id, kind, subject_id, job_id, task_id, provider, model, tier,
        input_tokens, cache_read_tokens, cache_write_tokens, output_tokens, cost_micro_usd, duration_ms,
        handed_from, handed_reason)
      select ${input.tenantId}, u.id, 'step', u.step_id, u.job_id, u.task_id, u.provider, u.model, u.tier,
             u.input, u.cache_read, u.cache_write, u.output, u.cost, u.duration, u.handed_from, u.handed_reason
      from unnest(
        ${rows.map(() => deps.store.newId())}::uuid[], ${ids}::uuid[], ${jobIds}::uuid[], ${taskIds}::uuid[],
        ${rows.map(({ step }) => step.provider)}::text[], ${rows.map(({ step }) => step.model)}::text[],
        ${rows.map(({ step }) => step.tier)}::text[], ${rows.map(({ step }) => step.usage.inputTokens)}::bigint[],
        ${rows.map(({ step }) => step.usage.cacheReadTokens)}::bigint[],
        ${rows.map(({ step }) => step.usage.cacheWriteTokens)}::bigint[],
        ${rows.map(({ step }) => step.usage.outputTokens)}::bigint[],
        ${rows.map(({ step }) => step.costMicroUsd)}::bigint[], ${rows.map(({ step }) => step.durationMs)}::int[],
        ${rows.map(({ step }) => step.handover?.from ?? null)}::text[],
        ${rows.map(({ step }) => step.handover?.reason ?? null)}::text[]
      ) as u (id, step_id, job_id, task_id, provider, model, tier, input, cache_read, cache_write, output, cost, duration,
              handed_from, handed_reason)`,
    ...(heard.length > 0 ? [heardRows(deps, { tenantId: input.tenantId, heard })] : []),
  ])
}

/** A statement that is sent when it is awaited, behind the one that writes the steps. */
function heardRows(
  { tx }: CommitDeps,
  input: { tenantId: string; heard: readonly { stepId: string; messageId: string }[] },
) {
  const { heard, tenantId } = input
  return tx.sql`
    insert into loom.step_messages (tenant_id, step_id, message_id)
    select ${tenantId}, h.step_id, h.message_id
    from unnest(${heard.map(({ stepId }) => stepId)}::uuid[], ${heard.map(({ messageId }) => messageId)}::uuid[])
      as h (step_id, message_id)`
}
