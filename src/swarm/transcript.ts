import type { Message, Part } from '../core/model.ts'
import type { Said } from '../storage/briefs/said.ts'
import type { StepRecord } from '../storage/tasks/load.ts'

/**
 * The messages of a task, rebuilt from its first message and its committed steps: the same steps always give the
 * same messages, so that a task goes on elsewhere as if nothing had happened. `nudge` is what is said to a model
 * whose reply neither called a tool nor ended the task. What was said to the running job stands before the step that
 * read it first; `unheard` is what the next one will read. `cameBack` is what stands behind a step after which the task
 * waited for others: they have ended, so it never changes.
 */
export function messagesOf(input: {
  first: Message
  steps: readonly StepRecord[]
  nudge: string
  unheard: readonly Said[]
  cameBack: ReadonlyMap<number, readonly Part[]>
}): Message[] {
  const messages: Message[] = [input.first]
  for (const step of input.steps) {
    tell(messages, step.heard)
    messages.push({
      role: 'assistant',
      parts: step.reply.length > 0 ? step.reply : [{ type: 'text', text: '(nothing)' }],
    })
    const parts = [...step.results, ...(input.cameBack.get(step.ordinal) ?? [])]
    messages.push({ role: 'user', parts: parts.length > 0 ? parts : [{ type: 'text', text: input.nudge }] })
  }
  tell(messages, input.unheard)
  return messages
}

const saidMeanwhile =
  'Meanwhile the person said this to all agents of the brief. Heed it where it concerns your task:'

/** Word for word in a part of its own, behind what the last message holds. */
function tell(messages: Message[], said: readonly Said[]): void {
  const last = messages.at(-1)
  if (!last || said.length === 0) return
  const parts = said.flatMap(({ text }): Part[] => [
    { type: 'text', text: saidMeanwhile },
    { type: 'text', text },
  ])
  messages[messages.length - 1] = { ...last, parts: [...last.parts, ...parts] }
}

export function textOf(parts: readonly Part[]): string {
  return parts
    .flatMap((part) => (part.type === 'text' ? [part.text] : []))
    .join('')
    .trim()
}

export function toolCallsOf(parts: readonly Part[]): Extract<Part, { type: 'tool_call' }>[] {
  return parts.filter((part) => part.type === 'tool_call')
}
