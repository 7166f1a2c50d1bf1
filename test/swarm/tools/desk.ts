import { createHash } from 'node:crypto'
import type { Message } from '../../../src/core/model.ts'
import type { People } from '../../../src/core/people.ts'
import type { ToolContext, ToolResult, WorkspaceFile } from '../../../src/core/workspace.ts'
import { runTool, workspaceTools } from '../../../src/swarm/tools/index.ts'
import { mediaTypeOf } from '../../../src/swarm/workspace/media-type.ts'
import { createWorkspace } from '../../../src/swarm/workspace/workspace.ts'
import { memoryObjects } from '../workspace/memory-objects.ts'

type Given = Readonly<Record<string, string | Uint8Array>>

/** People whom no tool of these tests has reason to ask. */
export const nobody: People = {
  ask: () => Promise.reject(new Error('nobody is there to ask')),
  approve: () => Promise.reject(new Error('nobody is there to approve')),
}

/** The tools over a workspace that holds some files, as an agent has them before it. */
export function openDesk(given: Given = {}, writtenBy?: string) {
  const objects = memoryObjects()
  const inputs = Object.entries(given).map(([path, content]): WorkspaceFile => {
    const bytes = Buffer.from(content)
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    objects.objects.set(`t/j/blobs/${sha256}`, bytes)
    return { path, sha256, bytes: bytes.length, mediaType: mediaTypeOf(path, bytes), writtenBy }
  })
  const workspace = createWorkspace(
    { objects, prefix: 't/j' },
    { inputs, dependencies: [], own: [], taskKey: 'compare' },
  )
  const context: ToolContext = {
    workspace,
    signal: new AbortController().signal,
    effectKey: 'step-1:call-1',
    people: nobody,
  }
  const tools = workspaceTools()

  /** Calls a tool as a model does; answers the texts of the result joined, and what else it had. */
  async function call(name: string, input: unknown) {
    const { result, activity } = await runTool(tools, { id: 'call-1', name, input }, context)
    return { text: textOf(result.content), content: result.content, isError: result.isError, activity }
  }

  /** What a file holds now. */
  async function text(path: string) {
    return Buffer.from(await workspace.read(path, context.signal)).toString()
  }

  return { objects, workspace, context, tools, call, text }
}

export function textOf(content: ToolResult['content'] | Message['parts']): string {
  return content.map((part) => (part.type === 'text' ? part.text : '')).join('')
}
