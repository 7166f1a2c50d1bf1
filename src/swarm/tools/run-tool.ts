import type { Part } from '../../core/model.ts'
import type { RestReason } from '../../core/people.ts'
import type { Tool, ToolContext, ToolResult } from '../../core/workspace.ts'
import { fail, failed } from './answer.ts'
import { runApproved } from './approved.ts'

/**
 * Runs one call of a model. An unknown tool, a bad argument and a failure are results that the model reads; an abort,
 * a lost lease and a store that does not answer are thrown. With `waitsFor` there is no result yet.
 */
export async function runTool(
  tools: readonly Tool[],
  call: { id: string; name: string; input: unknown },
  context: ToolContext,
): Promise<{
  result: Extract<Part, { type: 'tool_result' }>
  isPage: boolean
  activity: string
  waitsFor: RestReason | undefined
}> {
  context.signal.throwIfAborted()
  const { content, isError, isPage = false, activity, waitsFor } = await answerCall(tools, call, context)
  if (waitsFor === undefined) context.signal.throwIfAborted()
  const result = { callId: call.id, name: call.name, content, isError }
  return { result: { type: 'tool_result', ...result }, isPage, activity, waitsFor }
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
