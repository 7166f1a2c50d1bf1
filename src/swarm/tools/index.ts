import type { Tool } from '../../core/workspace.ts'
import { createContents } from './contents.ts'
import { editTool } from './edit.ts'
import { listTool } from './list.ts'
import { readTool } from './read.ts'
import { searchTool } from './search.ts'
import { writeTool } from './write.ts'

export { askUserTool } from './ask-user.ts'
export { defineTool } from './define-tool.ts'
export { keepResult } from './keep-result.ts'
export { parseReadResult } from './read-result.ts'
export { runTool } from './run-tool.ts'

/** The tools over a workspace. They share the texts they hold in memory: one set per worker is enough. */
export function workspaceTools(): Tool[] {
  const contents = createContents()
  return [listTool(), readTool(contents), writeTool(), editTool(contents), searchTool(contents)]
}
