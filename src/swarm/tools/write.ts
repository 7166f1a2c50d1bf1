import { z } from 'zod'
import { formatBytes } from '../../core/format.ts'
import type { Tool, WorkspaceFile } from '../../core/workspace.ts'
import { mediaTypeOf } from '../workspace/media-type.ts'
import { say } from './answer.ts'
import { defineTool } from './define-tool.ts'
import { nameForCard } from './find-file.ts'

/** Creates a file of text or replaces it whole. */
export function writeTool(): Tool {
  return defineTool({
    name: 'write',
    description:
      'Creates a text file or replaces it whole. Files under final/ reach the person; other places are for work. ' +
      'inputs/ is read-only.',
    input: z.strictObject({
      path: z.string().describe('Such as "final/report.md"'),
      content: z.string().describe('The whole text'),
    }),
    effect: 'none',
    activity: (input) => (input === undefined ? 'writing a file' : `writing ${nameForCard(input.path)}`),
    async run({ path, content }, { workspace, signal }) {
      const before = workspace.stat(path)
      const bytes = Buffer.from(content, 'utf8')
      const file = await workspace.write(path, bytes, mediaTypeOf(path, bytes), signal)
      return say(
        `${before === undefined ? 'Wrote' : 'Replaced'} ${file.path} (${formatBytes(file.bytes)}).${fate(file)}`,
      )
    },
  })
}

/** What becomes of a written file, for the model to know. */
export function fate(file: WorkspaceFile): string {
  return file.path.startsWith('final/') ? ' It will reach the person with the answer.' : ''
}
