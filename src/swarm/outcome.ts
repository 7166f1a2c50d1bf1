import { limits } from '../core/limits.ts'
import type { ModelReply } from '../core/model.ts'
import type { Plan, PlanChange } from '../core/plan.ts'
import { type Review, reviewWords } from '../core/review.ts'
import type { TaskOutcome } from '../storage/steps/step-commit.ts'
import type { StepRecord } from '../storage/tasks/loaded.ts'
import type { AgentPurpose } from './draft.ts'
import { planToolName } from './plan-tool.ts'
import { textOf, toolCallsOf } from './transcript.ts'

/** What was handed in by a tool of the agent's own. */
export interface Submitted {
  plan?: Plan
  change?: PlanChange
  review?: Review
}

/** Whether and how the task ends or rests with this step. */
export function outcomeOf(input: {
  purpose: AgentPurpose
  reply: Pick<ModelReply, 'parts' | 'stop'>
  steps: readonly StepRecord[]
  submitted: Submitted
  maxSteps: number
}): TaskOutcome | undefined {
  const { maxSteps, purpose, reply, steps } = input
  const { change, plan, review } = input.submitted
  if (reply.stop === 'refusal') {
    return { state: 'failed', error: 'refused', message: 'The model declined to work on this.' }
  }
  if (purpose === 'plan') {
    if (plan) return { state: 'done', result: plan.title, plan }
    if (refusedPlans(steps) >= limits.planAttempts || steps.length >= limits.planSteps) {
      return { state: 'failed', error: 'invalid_input', message: 'No usable plan was made for this brief.' }
    }
    return undefined
  }
  if (review) return { state: 'done', result: reviewWords(review) }
  if (change && purpose === 'replan') return { state: 'done', result: 'The plan was changed.', change }
  if (change) return { state: 'waiting', change }
  const text = textOf(reply.parts)
  if (purpose !== 'review' && toolCallsOf(reply.parts).length === 0 && text !== '') {
    const cut = reply.stop === 'length' ? '\n\n(This was cut at the length limit of one reply.)' : ''
    return { state: 'done', result: text + cut }
  }
  if (steps.length < maxSteps) return undefined
  return {
    state: 'failed',
    error: 'too_large',
    message: `This was not finished within ${maxSteps} steps. What was written is kept.`,
  }
}

function refusedPlans(steps: readonly StepRecord[]): number {
  return steps
    .flatMap((step) => step.results)
    .filter((part) => part.type === 'tool_result' && part.name === planToolName && part.isError).length
}
