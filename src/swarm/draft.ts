import type { Message, ModelPurpose } from '../core/model.ts'
import type { Tool } from '../core/workspace.ts'
import type { Said } from '../storage/briefs/said.ts'
import type { TaskRun } from '../storage/leases/runner.ts'
import type { StepRecord } from '../storage/tasks/loaded.ts'
import type { Draft } from './allowance.ts'
import { effortOf } from './models/catalog.ts'
import { systemPrompt } from './prompts.ts'
import { createTranscript } from './transcript.ts'

const nudges: Record<AgentPurpose, string> = {
  plan: 'Call submit_plan with the plan.',
  work: 'Say in a few sentences what you found and which files you wrote.',
  synthesize: 'Write the answer for the person now.',
  review: 'Call submit_review with what you found.',
  replan: 'Call change_plan, or say in one sentence that the plan stays as it is.',
}

const lastNudge: Message = {
  role: 'user',
  parts: [
    {
      type: 'text',
      text: 'This is your last step: no tool can be called any more. Answer with what you have.',
    },
  ],
}

/** What agents are there for; a compaction is no agent's. */
export type AgentPurpose = Exclude<ModelPurpose, 'compact'>

/** Purposes whose last step is a call of a tool of their own. */
const endByCalling: readonly AgentPurpose[] = ['plan', 'review']

export function purposeOf({ kind, planned }: TaskRun['task']): AgentPurpose {
  if (kind === 'plan') return planned ? 'replan' : 'plan'
  return kind === 'synthesize' || kind === 'review' ? kind : 'work'
}

/** What no step of the task has read yet. */
export function unheardOf(said: readonly Said[], steps: readonly StepRecord[]): Said[] {
  if (said.length === 0) return []
  const heard = new Set(steps.flatMap((step) => step.heard.map(({ messageId }) => messageId)))
  return said.filter(({ messageId }) => !heard.has(messageId))
}

/** What the next step of a task asks of a model, whichever it goes to. */
export function createDrafts(input: {
  purpose: AgentPurpose
  run: TaskRun
  userId: string
  tools: readonly Tool[]
  first: Message
  readBlob: Draft['readBlob']
}): (steps: readonly StepRecord[], unheard: readonly Said[]) => Draft {
  const { first, purpose, run, userId } = input
  const transcript = createTranscript({ first, nudge: nudges[purpose] })
  const tools = input.tools.map((tool) => tool.spec)
  return (steps, unheard) => {
    const last = !endByCalling.includes(purpose) && steps.length >= run.task.maxSteps - 1
    const messages = transcript(steps, unheard)
    return {
      purpose,
      effort: effortOf[run.task.tier],
      userId,
      system: systemPrompt(purpose),
      tools,
      mayCallTools: !last,
      messages: last ? [...messages, lastNudge] : messages,
      readBlob: input.readBlob,
    }
  }
}
