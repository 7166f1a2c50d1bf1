import type { Part } from '../../core/model.ts'
import { costOf } from './spending-of.ts'
import type { StepCommit } from './step-commit.ts'

/** What a member tells the views of its job, in order. */
export function eventsOf({ outcome, step, stepEnd, summary, task }: StepCommit) {
  const at = { jobId: task.jobId, taskId: task.taskId }
  const events = []
  if (step) {
    const { activity, costMicroUsd, handover, model, ordinal, provider } = step
    if (handover) {
      const to = `${provider}/${model}`
      events.push({ ...at, event: { kind: 'handed_over', ...handover, to } as const })
    }
    if (step.heard && step.heard.length > 0) {
      events.push({ ...at, event: { kind: 'heard', messages: step.heard.length } as const })
    }
    for (const { isError, name } of toolsOf(step)) {
      events.push({ ...at, event: { kind: 'tool', ordinal, name, isError } as const })
    }
    events.push({ ...at, event: { kind: 'step', ordinal, activity, costMicroUsd } as const })
  }
  if (summary) {
    const { standsForBefore } = summary
    events.push({
      ...at,
      event: { kind: 'compacted', standsForBefore, costMicroUsd: costOf({ summary }) } as const,
    })
  }
  if (stepEnd) {
    const { activity, ordinal } = stepEnd
    for (const { isError, name } of toolsOf(stepEnd)) {
      events.push({ ...at, event: { kind: 'tool', ordinal, name, isError } as const })
    }
    events.push({ ...at, event: { kind: 'acted', ordinal, activity } as const })
  }
  if (outcome?.state === 'done') events.push({ ...at, event: { kind: 'task_done' } as const })
  if (outcome?.state === 'failed') {
    events.push({
      ...at,
      event: { kind: 'task_failed', error: outcome.error, message: outcome.message } as const,
    })
  }
  return events
}

function toolsOf({ results }: { results: readonly Part[] }) {
  return results.filter((part) => part.type === 'tool_result')
}
