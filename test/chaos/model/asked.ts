import type { Assignment } from '../../../src/swarm/prompts.ts'
import type { AnthropicBody, SentBlock } from '../../fakes/anthropic-server.ts'
import type { OpenAiBody } from '../../fakes/openai-server.ts'

/** What one model call asks, whatever the wire it came on. */
export interface Asked {
  purpose: 'plan' | 'work' | 'synthesize' | 'review' | 'replan'
  brief: string
  assignment: Assignment
  /** How many replies the transcript has already. */
  turns: number
  /** The names of the tools that were called and gave something, in order. */
  done: readonly string[]
  userId: string
}

/** Reads a call of the Messages API. */
export function askedOfAnthropic(body: AnthropicBody): Asked {
  const blocks = body.messages.flatMap(({ content }): readonly SentBlock[] => content)
  const names = new Map(
    blocks.flatMap((block) => (block.type === 'tool_use' ? [[block.id, block.name]] : [])),
  )
  const opening: readonly SentBlock[] = body.messages[0]?.content ?? []
  const first = opening.flatMap((block) => (block.type === 'text' ? [block.text] : []))
  return read({
    first,
    tools: body.tools?.map(({ name }) => name) ?? [],
    turns: body.messages.filter(({ role }) => role === 'assistant').length,
    done: blocks.flatMap((block) =>
      block.type === 'tool_result' && block.is_error !== true ? [names.get(block.tool_use_id) ?? ''] : [],
    ),
    userId: body.metadata.user_id,
  })
}

/** Reads a call of the Responses API. A tool's failure stands in its text there. */
export function askedOfOpenAi(body: OpenAiBody): Asked {
  const calls = body.input.flatMap((item) => ('type' in item && item.type === 'function_call' ? [item] : []))
  const names = new Map(calls.map((call) => [call.call_id, call.name]))
  const [opening] = body.input
  const first = opening && 'role' in opening && opening.role === 'user' ? opening.content : []
  const replies = body.input.filter((item, index) => isReply(item) && !isReply(body.input[index - 1]))
  return read({
    first: first.flatMap((part) => (part.type === 'input_text' ? [part.text] : [])),
    tools: body.tools?.map(({ name }) => name) ?? [],
    turns: replies.length,
    done: body.input.flatMap((item) => {
      if (!('type' in item) || item.type !== 'function_call_output') return []
      const failed = typeof item.output === 'string' && item.output.startsWith('Error:')
      return failed ? [] : [names.get(item.call_id) ?? '']
    }),
    userId: body.safety_identifier,
  })
}

function isReply(item: OpenAiBody['input'][number] | undefined): boolean {
  if (!item) return false
  return 'role' in item ? item.role === 'assistant' : item.type !== 'function_call_output'
}

function read(input: {
  first: readonly string[]
  tools: readonly string[]
  turns: number
  done: readonly string[]
  userId: string
}): Asked {
  const { done, first, tools, turns, userId } = input
  const assignment = JSON.parse(first[3] ?? '{}') as Assignment
  return { purpose: purposeOf(tools, assignment), brief: first[1] ?? '', assignment, turns, done, userId }
}

function purposeOf(tools: readonly string[], assignment: Assignment): Asked['purpose'] {
  if (tools.includes('submit_plan')) return 'plan'
  if (tools.includes('submit_review')) return 'review'
  if (assignment.plan) return 'replan'
  return assignment.task ? 'work' : 'synthesize'
}
