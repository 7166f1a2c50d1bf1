import { z } from 'zod'
import { formatBytes, plural } from '../../core/format.ts'
import { limits } from '../../core/limits.ts'
import type { Tool } from '../../core/workspace.ts'
import { mediaTypeOf } from '../workspace/media-type.ts'
import { fail, say } from './answer.ts'
import type { OpenContents } from './contents.ts'
import { defineTool } from './define-tool.ts'
import { explainMissing, explainSeveral } from './edit-hints.ts'
import { findFile, nameForCard } from './find-file.ts'
import { pieceFinder } from './find-piece.ts'
import { fate } from './write.ts'

/** Replaces an exact piece of a text file. The rest stays as it is, line ends and byte order mark included. */
export function editTool(openContents: OpenContents): Tool {
  return defineTool({
    name: 'edit',
    description:
      'Replaces a piece of a text file. "old" must be in the file exactly, spaces and line ends too, and once only ' +
      'unless "all" is true.',
    input: z.strictObject({
      path: z.string(),
      old: z.string().min(1, 'must not be empty').describe('The exact text to replace'),
      new: z.string().describe('What stands there instead'),
      all: z.boolean().optional().describe('Replaces every place'),
    }),
    effect: 'none',
    activity: (input) => (input === undefined ? 'editing a file' : `editing ${nameForCard(input.path)}`),
    async run(input, context) {
      const { workspace, signal } = context
      const file = findFile(workspace, input.path)
      const contents = await openContents(file, context)
      if (contents.kind !== 'text' || contents.isExtracted) {
        return fail(`${file.path} is not a text file, so it cannot be edited.`)
      }
      if (input.old === input.new) return fail('"old" and "new" are the same; nothing to do.')
      const { text, lines, encoding } = contents
      const places = placesOf(text, input.old)
      if (places.length === 0) return fail(explainMissing({ path: file.path, text, old: input.old }))
      if (places.length > 1 && input.all !== true)
        return fail(explainSeveral({ path: file.path, text, lines, places }))
      // Measured before it is built: many places times a long replacement could be far more than memory.
      const chars = text.length + places.length * (input.new.length - input.old.length)
      if (chars > limits.workspaceFileBytes) {
        return fail(
          `The file would grow past ${formatBytes(limits.workspaceFileBytes)}; nothing was changed.`,
        )
      }
      const bytes = Buffer.from(replaceAt(text, places, input), 'utf8')
      const written = await workspace.write(file.path, bytes, mediaTypeOf(file.path, bytes), signal)
      const recoded = encoding === 'utf-8' ? '' : ` It was ${encoding} and is UTF-8 now.`
      return say(
        `Replaced ${plural(places.length, 'place')} in ${file.path} (${formatBytes(written.bytes)}).${recoded}${fate(written)}`,
      )
    },
  })
}

function placesOf(text: string, piece: string): readonly number[] {
  const find = pieceFinder(piece)
  const places: number[] = []
  for (let at = find(text, 0); at !== -1; at = find(text, at + piece.length)) places.push(at)
  return places
}

function replaceAt(text: string, places: readonly number[], input: { old: string; new: string }): string {
  const kept = places.map((place, index) => {
    const before = places[index - 1]
    return text.slice(before === undefined ? 0 : before + input.old.length, place)
  })
  const last = places.at(-1)
  return [...kept, text.slice(last === undefined ? 0 : last + input.old.length)].join(input.new)
}
