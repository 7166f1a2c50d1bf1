import { z } from 'zod'
import { formatBytes, plural } from '../../core/format.ts'
import type { Tool, WorkspaceFile } from '../../core/workspace.ts'
import { say } from './answer.ts'
import { defineTool } from './define-tool.ts'
import { findFiles } from './find-file.ts'

const mostFiles = 500

/** Lists files, one a line: path, size, type, author, separated by tabs (which no path has). */
export function listTool(): Tool {
  return defineTool({
    name: 'list',
    description:
      'Lists the files of the workspace with size, type and who wrote them. inputs/ came with the brief and is ' +
      'read-only; what stands under final/ reaches the person.',
    input: z.strictObject({
      path: z.string().optional().describe('A folder such as "notes"; everything without it'),
      after: z.string().optional().describe('Goes on after this path, as a cut list tells'),
    }),
    effect: 'none',
    activity: () => 'looking through the files',
    async run({ path, after }, { workspace }) {
      if (workspace.list().length === 0) return say('There are no files yet.')
      const found = findFiles(workspace, path)
      const rest = after === undefined ? found : found.filter((file) => file.path > after)
      const shown = rest.slice(0, mostFiles)
      const lines = shown.map(describeFile)
      for (const { path, keptAs, writtenBy } of workspace.conflicts) {
        lines.push(`Two tasks wrote ${path} differently; the version of ${writtenBy} is ${keptAs}.`)
      }
      const last = shown.at(-1)
      if (last !== undefined && shown.length < rest.length) {
        const goOn = JSON.stringify(path === undefined ? { after: last.path } : { path, after: last.path })
        lines.push(`[${shown.length} of ${plural(rest.length, 'file')}; go on with ${goOn}]`)
      }
      return say(lines.length === 0 ? 'There are no more files.' : lines.join('\n'))
    },
  })
}

function describeFile(file: WorkspaceFile): string {
  const author = file.writtenBy === undefined ? 'came with the brief' : `written by ${file.writtenBy}`
  return [file.path, formatBytes(file.bytes), file.mediaType, author].join('\t')
}
