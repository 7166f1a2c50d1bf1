import { limits } from '../core/limits.ts'
import type { ModelReply, Part, ResultPart } from '../core/model.ts'
import type { Tool, ToolContext } from '../core/workspace.ts'
import { keepResult, runTool } from './tools/index.ts'
import { toolCallsOf } from './transcript.ts'

/**
 * Runs the calls of a reply in their order. Past the limit a call is answered with a refusal, not run. The texts of all
 * results share `roomChars`: a page gets shorter, everything else above the bound is kept as a file and shown in part.
 */
export async function runCalls(
  context: ToolContext & {
    tools: readonly Tool[]
    outlast: <T>(work: () => Promise<T>) => Promise<T>
    roomChars: number
    /** Whose results these are, and of which step, for the names of the files that keep them. */
    keepAs: { folder: string; ordinal: number }
  },
  reply: ModelReply,
): Promise<{ results: Part[]; activity: string }> {
  const results: Part[] = []
  const activities = new Set<string>()
  const { keepAs, outlast } = context
  let roomChars = context.roomChars
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
    const name = `step-${keepAs.ordinal + 1}-call-${index + 1}`
    const { activity, isPage, result } = await outlast(() =>
      runTool(context.tools, call, { ...context, roomChars }),
    )
    const { content } = result
    const kept = isPage
      ? content
      : await outlast(() => keepResult(context, { content, folder: keepAs.folder, name, roomChars }))
    results.push({ ...result, content: kept })
    roomChars -= charsOf(kept)
    activities.add(activity)
  }
  return { results, activity: [...activities].at(-1) ?? '' }
}

function charsOf(content: readonly ResultPart[]): number {
  return content.reduce((sum, part) => sum + (part.type === 'text' ? part.text.length : 0), 0)
}
