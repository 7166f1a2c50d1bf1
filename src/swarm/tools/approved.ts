import type { Tool, ToolContext, ToolResult } from '../../core/workspace.ts'
import { fail, say } from './answer.ts'

/** Runs a tool once it may: what needs an approval waits for it, and what was not approved is not run. */
export async function runApproved(tool: Tool, input: unknown, context: ToolContext): Promise<ToolResult> {
  const request = tool.needsApproval?.(input)
  if (request === undefined) return tool.run(input, context)
  const activity = 'asking for approval'
  switch (await context.people.approve({ tool: tool.spec.name, input, request })) {
    case 'approved':
      return tool.run(input, context)
    case 'open':
      return { ...say(''), activity, waitsFor: 'approval' }
    case 'denied':
      return { ...fail('This was denied. It was not done; do not try it again in another way.'), activity }
    case 'expired':
      return { ...fail('Nobody approved this in time. It was not done.'), activity }
    case 'withdrawn':
      return { ...fail('The request was taken back. It was not done.'), activity }
    case 'changed':
      return { ...fail('What was approved is not what this call asks for. It was not done.'), activity }
  }
}
