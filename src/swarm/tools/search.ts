import { setImmediate } from 'node:timers/promises'
import { z } from 'zod'
import { plural } from '../../core/format.ts'
import type { Tool, WorkspaceFile } from '../../core/workspace.ts'
import { fail, say } from './answer.ts'
import type { OpenContents } from './contents.ts'
import { defineTool } from './define-tool.ts'
import { findFiles } from './find-file.ts'
import { lineAt, nextLine } from './lines.ts'
import { compilePattern, type Matcher } from './pattern.ts'

const defaultHits = 50
const mostHits = 200
const before = 60
const excerptChars = 240
/** Other agents' work goes on after so many. */
const charsAtOnce = 1_000_000

/** Finds lines in the text files of the workspace. Line numbers are those of `read`, in PDFs too. */
export function searchTool(openContents: OpenContents): Tool {
  return defineTool({
    name: 'search',
    description:
      'Finds lines that hold a text, in all files or below a path. Set "regex" for a small safe subset of patterns: ' +
      '* is anything within a line, | is or, ^ and $ are a line’s ends, \\ makes the next sign stand for itself; ' +
      'there are no groups, classes or counts.',
    input: z.strictObject({
      query: z.string().min(1, 'must not be empty').max(1_000),
      path: z.string().optional().describe('A file or a folder; everything without it'),
      regex: z.boolean().optional().describe('Reads the query as a pattern'),
      ignoreCase: z.boolean().optional(),
      max: z
        .number()
        .int()
        .min(1)
        .max(mostHits)
        .optional()
        .describe(`At most so many lines; ${defaultHits} without it`),
    }),
    effect: 'none',
    activity(input, { workspace }) {
      try {
        return `searching ${plural(findFiles(workspace, input?.path).length, 'file')}`
      } catch {
        // The run says what is wrong with the path.
        return 'searching the files'
      }
    },
    async run({ query, path, regex = false, ignoreCase = false, max = defaultHits }, context) {
      const matcher = compilePattern({ query, isPattern: regex, ignoreCase })
      if (typeof matcher === 'string') return fail(matcher)
      const files = findFiles(context.workspace, path)
      const hits: string[] = []
      let skipped = 0
      for (const file of files) {
        const contents = await openContents(file, context)
        if (contents.kind !== 'text') skipped += 1
        else await collect({ file, text: contents.text, matcher, hits, max: max + 1, signal: context.signal })
        if (hits.length > max) break
      }
      const isCut = hits.length > max
      return say(
        [...hits.slice(0, max), notice({ isCut, max, hits: hits.length, files: files.length, skipped })].join(
          '\n',
        ),
      )
    },
  })
}

async function collect(input: {
  file: WorkspaceFile
  text: string
  matcher: Matcher
  hits: string[]
  max: number
  signal: AbortSignal
}): Promise<void> {
  const { text, hits } = input
  let line = 1
  let rest = charsAtOnce
  for (let at = 0; at < text.length && hits.length < input.max; line += 1) {
    const next = nextLine(text, at)
    const found = lineAt(text, at, next)
    const place = input.matcher(found)
    if (place !== undefined) hits.push(`${input.file.path}:${line}: ${excerpt(found, place)}`)
    rest -= next - at
    at = next
    if (rest < 0) {
      await setImmediate()
      input.signal.throwIfAborted()
      rest = charsAtOnce
    }
  }
}

function excerpt(line: string, place: number): string {
  if (line.length <= excerptChars) return line
  const start = Math.max(0, Math.min(place - before, line.length - excerptChars))
  const end = start + excerptChars
  const shown = line.slice(start, end).toWellFormed()
  return `${start > 0 ? '…' : ''}${shown}${end < line.length ? '…' : ''}`
}

function notice(input: {
  isCut: boolean
  max: number
  hits: number
  files: number
  skipped: number
}): string {
  const skipped = input.skipped === 0 ? '' : `; ${plural(input.skipped, 'file')} without text skipped`
  if (!input.isCut) return `[${plural(input.hits, 'line')} in ${plural(input.files, 'file')}${skipped}]`
  const raise = input.max < mostHits ? `, or raise "max" (up to ${mostHits})` : ''
  return `[the first ${plural(input.max, 'line')}; there are more: narrow the query or the path${raise}${skipped}]`
}
