import type { Message, ModelPurpose } from '../core/model.ts'
import type { Tool } from '../core/workspace.ts'
import type { Said } from '../storage/briefs/said.ts'
import type { TaskRun } from '../storage/leases/runner.ts'
import type { StepRecord } from '../storage/tasks/load.ts'
import type { Draft } from './allowance.ts'
import { cameBackTo } from './came-back.ts'
import { effortOf } from './models/catalog.ts'
import { systemPrompt } from './prompts.ts'
import { messagesOf } from './transcript.ts'

const nudges: Record<ModelPurpose, string> = {
  plan: 'Call submit_plan with the plan.',
  work: 'Say in a few sentences what you found and which files you wrote.',
  synthesize: 'Write the answer for the person now.',
  review: 'Call submit_review with what you found.',
  replan: 'Call change_plan, or say in one sentence that the plan stays as it is.',
}

const lastNudge = 'This is your last step: no tool can be called any more. Answer with what you have.'

/** Purposes whose last step is a call of a tool of their own. */
const endByCalling: readonly ModelPurpose[] = ['plan', 'review']

export function purposeOf({ kind, planned }: TaskRun['task']): ModelPurpose {
  if (kind === 'plan') return planned ? 'replan' : 'plan'
  return kind === 'synthesize' || kind === 'review' ? kind : 'work'
}

/** What no step of the task has read yet. */
export function unheardOf(said: readonly Said[], steps: readonly StepRecord[]): Said[] {
  const heard = new Set(steps.flatMap((step) => step.heard.map(({ messageId }) => messageId)))
  return said.filter(({ messageId }) => !heard.has(messageId))
}

/** What the next step asks of a model, whichever it goes to. */
export function nextDraft(input: {
  purpose: ModelPurpose
  run: TaskRun
  userId: string
  tools: readonly Tool[]
  first: Message
  steps: readonly StepRecord[]
  unheard: readonly Said[]
  readBlob: Draft['readBlob']
}): Draft {
  const { first, purpose, run, steps, tools, unheard, userId } = input
  const last = !endByCalling.includes(purpose) && steps.length >= run.task.maxSteps - 1
  const messages = messagesOf({
    first,
    steps,
    nudge: nudges[purpose],
    unheard,
    cameBack: cameBackTo(run.task),
  })
  return {
    purpose,
    effort: effortOf[run.task.tier],
    userId,
    system: systemPrompt(purpose),
    tools: tools.map((tool) => tool.spec),
    mayCallTools: !last,
    messages: last ? [...messages, { role: 'user', parts: [{ type: 'text', text: lastNudge }] }] : messages,
    readBlob: input.readBlob,
  }
}
