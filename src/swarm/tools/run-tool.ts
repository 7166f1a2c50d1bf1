import { limits } from '../../core/limits.ts'
import type { Part, ResultPart } from '../../core/model.ts'
import type { RestReason } from '../../core/people.ts'
import type { Tool, ToolContext, ToolResult } from '../../core/workspace.ts'
import { fail, failed } from './answer.ts'
import { runApproved } from './approved.ts'

/**
 * Runs one call of a model. An unknown tool, a bad argument and a failure are results that the model reads; an abort,
 * a lost lease and a store that does not answer are thrown. A result longer than the limit is cut, and says so. With
 * `waitsFor` there is no result yet.
 */
export async function runTool(
  tools: readonly Tool[],
  call: { id: string; name: string; input: unknown },
  context: ToolContext,
): Promise<{
  result: Extract<Part, { type: 'tool_result' }>
  activity: string
  waitsFor: RestReason | undefined
}> {
  context.signal.throwIfAborted()
  const { content, isError, activity, waitsFor } = await answerCall(tools, call, context)
  if (waitsFor === undefined) context.signal.throwIfAborted()
  const result = { callId: call.id, name: call.name, content: withinLimit(content), isError }
  return { result: { type: 'tool_result', ...result }, activity, waitsFor }
}

async function answerCall(
  tools: readonly Tool[],
  call: { name: string; input: unknown },
  context: ToolContext,
): Promise<ToolResult> {
  const activity = 'choosing what to do next'
  const tool = tools.find((tool) => tool.spec.name === call.name)
  if (tool === undefined) {
    const known = tools.map((tool) => tool.spec.name).join(', ')
    return { ...fail(`There is no tool of that name. The tools: ${known || 'none'}.`), activity }
  }
  try {
    return await runApproved(tool, call.input, context)
  } catch (thrown) {
    return { ...failed(thrown, context.signal), activity }
  }
}

function withinLimit(content: readonly ResultPart[]): readonly ResultPart[] {
  const total = content.reduce((chars, part) => chars + (part.type === 'text' ? part.text.length : 0), 0)
  if (total <= limits.toolResultChars) return content
  const notice = `\n[cut: the result had ${total} characters; ask for a smaller part, a narrower path or fewer lines]`
  let room = limits.toolResultChars - notice.length
  const kept: ResultPart[] = []
  for (const part of content) {
    if (part.type !== 'text') {
      kept.push(part)
    } else if (room > 0) {
      kept.push({ type: 'text', text: part.text.slice(0, room).toWellFormed() })
      room -= part.text.length
    }
  }
  return [...kept, { type: 'text', text: notice }]
}
