import { limits } from '../core/limits.ts'
import type { ModelReply, Part } from '../core/model.ts'
import type { Tool, ToolContext } from '../core/workspace.ts'
import { runTool } from './tools/index.ts'
import { toolCallsOf } from './transcript.ts'

/** Runs the calls of a reply in their order. Past the limit a call is answered with a refusal, not run. */
export async function runCalls(
  context: ToolContext & { tools: readonly Tool[]; outlast: <T>(work: () => Promise<T>) => Promise<T> },
  reply: ModelReply,
): Promise<{ results: Part[]; activity: string }> {
  const results: Part[] = []
  const activities = new Set<string>()
  for (const [index, call] of toolCallsOf(reply.parts).entries()) {
    if (index >= limits.toolCallsPerStep) {
      const text = `At most ${limits.toolCallsPerStep} calls are run in one step. Call this one again.`
      results.push({
        type: 'tool_result',
        callId: call.id,
        name: call.name,
        content: [{ type: 'text', text }],
        isError: true,
      })
      continue
    }
    const { activity, result } = await context.outlast(() => runTool(context.tools, call, context))
    results.push(result)
    activities.add(activity)
  }
  return { results, activity: [...activities].at(-1) ?? '' }
}
