import { limits } from '../core/limits.ts'
import type { Part, ResultPart } from '../core/model.ts'
import type { People } from '../core/people.ts'
import type { Tool, ToolContext } from '../core/workspace.ts'
import { keepResult, runTool } from './tools/index.ts'
import { toolCallsOf } from './transcript.ts'

export interface CallsContext extends Pick<ToolContext, 'workspace' | 'signal'> {
  tools: readonly Tool[]
  /** The step whose calls these are: with the call's id it names an effect outside. */
  stepId: string
  people: (callId: string) => People
  outlast: <T>(work: () => Promise<T>) => Promise<T>
  roomChars: number
  /** Whose results these are, and of which step, for the names of the files that keep them. */
  keepAs: { folder: string; ordinal: number }
}

/** `undefined`: a call waits for people, and the task rests; nothing that was run counts, all of it is run again. */
export type Ran = { results: Part[]; activity: string } | undefined

/**
 * Runs the calls of a reply in their order. Past the limit a call is answered with a refusal, not run. The texts of all
 * results share `roomChars`: a page gets shorter, everything else above the bound is kept as a file and shown in part.
 */
export async function runCalls(context: CallsContext, reply: readonly Part[]): Promise<Ran> {
  const { keepAs, outlast, people, signal, stepId, tools, workspace } = context
  const results: Part[] = []
  const activities = new Set<string>()
  let { roomChars } = context
  for (const [index, call] of toolCallsOf(reply).entries()) {
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
    const effectKey = `${stepId}:${call.id}`
    const own = { workspace, signal, effectKey, people: people(call.id), roomChars }
    const { activity, isPage, result, waitsFor } = await outlast(() => runTool(tools, call, own))
    if (waitsFor !== undefined) return undefined
    const { content } = result
    const kept = isPage
      ? content
      : await outlast(() => keepResult(own, { content, folder: keepAs.folder, name, roomChars }))
    results.push({ ...result, content: kept })
    roomChars -= charsOf(kept)
    activities.add(activity)
  }
  return { results, activity: [...activities].at(-1) ?? '' }
}

function charsOf(content: readonly ResultPart[]): number {
  return content.reduce((sum, part) => sum + (part.type === 'text' ? part.text.length : 0), 0)
}

/** Whether a reply must be kept before its calls are run: one of them may change something outside, or asks somebody. */
export function reachesOutside(tools: readonly Tool[], reply: readonly Part[]): boolean {
  const byName = new Map(tools.map((tool) => [tool.spec.name, tool]))
  return toolCallsOf(reply).some(({ input, name }) => {
    const tool = byName.get(name)
    return tool?.effect === 'outside' || tool?.needsApproval?.(input) !== undefined
  })
}
