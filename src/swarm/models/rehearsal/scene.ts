import type { ModelRequest, Part } from '../../../core/model.ts'
import type { Assignment } from '../../prompts.ts'

type ToolCall = Extract<Part, { type: 'tool_call' }>
type ToolResult = Extract<Part, { type: 'tool_result' }>

/** What the rehearsal model knows at one call: the brief, the assignment, and what its tools have answered so far. */
export interface Scene {
  prompt: string
  assignment: Assignment
  /** Every call of this task with its result, in order. */
  calls: readonly { call: ToolCall; result: ToolResult }[]
  /** What it said itself, in order; kept between its turns for its own use. */
  said: readonly string[]
  mayCallTools: boolean
  /** Replies given so far. */
  steps: number
  /** An id for the next call: unlike all before it. */
  nextId: (offset: number) => string
}

export function readScene(request: ModelRequest): Scene {
  const [first, ...later] = request.messages
  const texts = (first?.parts ?? []).flatMap((part) => (part.type === 'text' ? [part.text] : []))
  const results = new Map<string, ToolResult>()
  for (const part of later.flatMap((message) => message.parts)) {
    if (part.type === 'tool_result') results.set(part.callId, part)
  }
  const own = later.filter((message) => message.role === 'assistant').flatMap((message) => message.parts)
  const calls = own.flatMap((part) => {
    const result = part.type === 'tool_call' ? results.get(part.id) : undefined
    return part.type === 'tool_call' && result ? [{ call: part, result }] : []
  })
  return {
    prompt: texts[1] ?? '',
    assignment: JSON.parse(texts[3] ?? '{"files":[],"refused":[]}') as Assignment,
    calls,
    said: own.flatMap((part) => (part.type === 'text' ? [part.text] : [])),
    steps: later.filter((message) => message.role === 'assistant').length,
    mayCallTools: request.mayCallTools && request.tools.length > 0,
    nextId: (offset) => `call-${calls.length + offset}`,
  }
}

/** Calls for one reply, with ids of their own. */
export function callTools(scene: Scene, calls: readonly { name: string; input: unknown }[]): Part[] {
  return calls.map(({ input, name }, index) => ({ type: 'tool_call', id: scene.nextId(index), name, input }))
}

export function resultText(result: ToolResult): string {
  return result.content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n')
}

/** Paths that a `write` has put in place. */
export function writtenPaths(scene: Scene): Set<string> {
  return new Set(
    scene.calls
      .filter(({ call, result }) => call.name === 'write' && !result.isError)
      .map(({ call }) => String((call.input as { path?: unknown }).path)),
  )
}
