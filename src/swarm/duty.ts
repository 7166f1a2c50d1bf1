import type { ModelReply } from '../core/model.ts'
import { nothingToMend } from '../core/review.ts'
import type { Tool } from '../core/workspace.ts'
import type { TaskOutcome } from '../storage/steps/step-commit.ts'
import type { LoadedTask, StepRecord } from '../storage/tasks/loaded.ts'
import { changeTool } from './change-tool.ts'
import { type AgentPurpose, purposeOf } from './draft.ts'
import { outcomeOf, type Submitted } from './outcome.ts'
import { planTool } from './plan-tool.ts'
import { reviewTool } from './review-tool.ts'

/** What an agent is there for: its tools, the same in every step of the task, and how it ends. */
export interface Duty {
  purpose: AgentPurpose
  tools: readonly Tool[]
  /** Whether and how the task ends or rests with the last of `steps`, which `reply` is the reply of. */
  outcome(reply: Pick<ModelReply, 'parts' | 'stop'>, steps: readonly StepRecord[]): TaskOutcome | undefined
}

/** Who checks or looks after a plan reads, and writes nothing. */
const reading = ['list', 'read', 'search']

export function dutyOf(task: LoadedTask, all: readonly Tool[]): Duty {
  const purpose = purposeOf(task)
  const submitted: Submitted = {}
  const names = all.map((tool) => tool.spec.name)
  const readers = all.filter((tool) => reading.includes(tool.spec.name))
  const change = (mayDrop: boolean) =>
    task.planned
      ? [changeTool({ planned: task.planned, tools: names, mayDrop }, (taken) => (submitted.change = taken))]
      : []
  const tools: Record<AgentPurpose, () => readonly Tool[]> = {
    plan: () => [...all, planTool(names, (taken) => (submitted.plan = taken))],
    work: () => all.filter((tool) => task.spec.tools?.includes(tool.spec.name) ?? true),
    synthesize: () => [...all, ...change(false)],
    review: () => [...readers, reviewTool((taken) => (submitted.review = taken))],
    replan: () => [...readers, ...change(true)],
  }
  return {
    purpose,
    tools: tools[purpose](),
    outcome: (reply, steps) => outcomeOf({ purpose, reply, steps, submitted, maxSteps: task.maxSteps }),
  }
}

/**
 * The answer of a task whose draft was checked and goes out as it is, because nothing is to be mended or because the
 * check itself came to nothing; `undefined` while there is something to do.
 */
export function checkedAnswer(task: LoadedTask): Extract<TaskOutcome, { state: 'done' }> | undefined {
  const { review, steps } = task
  if (!review || steps.at(-1)?.ordinal !== review.asked) return undefined
  return review.state === 'done' && review.result !== nothingToMend ? undefined : draftOf(task)
}

/** A draft that could not be mended is better than no answer. */
export function draftOf({ review }: LoadedTask): Extract<TaskOutcome, { state: 'done' }> | undefined {
  return review && { state: 'done', result: review.draft }
}
