import type { Message, Part } from '../core/model.ts'
import type { StepRecord } from '../storage/tasks/load.ts'

/**
 * The messages of a task, rebuilt from its first message and its committed steps: the same steps always give the
 * same messages, so that a task goes on elsewhere as if nothing had happened. `nudge` is what is said to a model
 * whose reply neither called a tool nor ended the task.
 */
export function messagesOf(input: {
  first: Message
  steps: readonly StepRecord[]
  nudge: string
}): Message[] {
  const messages: Message[] = [input.first]
  for (const step of input.steps) {
    messages.push({
      role: 'assistant',
      parts: step.reply.length > 0 ? step.reply : [{ type: 'text', text: '(nothing)' }],
    })
    messages.push({
      role: 'user',
      parts: step.results.length > 0 ? step.results : [{ type: 'text', text: input.nudge }],
    })
  }
  return messages
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
