import { z } from 'zod'
import { formatBytes, plural } from '../../core/format.ts'
import { limits } from '../../core/limits.ts'
import type { Tool, WorkspaceFile } from '../../core/workspace.ts'
import { type Answer, fail, say } from './answer.ts'
import type { Contents, OpenContents } from './contents.ts'
import { defineTool } from './define-tool.ts'
import { findFile, nameForCard } from './find-file.ts'
import { cutRange, findPosition, type Position, positionAfter } from './range.ts'
import { noticeChars, writeReadResult } from './read-result.ts'

/** Providers refuse pictures over 5 MB of base64 or over 8,000 pixels a side, and with them the whole call. */
const pictureBytes = 3_750_000
const pictureSide = 8_000

const fromOne = z.number().int().min(1).optional()

/**
 * Reads a file from a position. The text comes as it is, line ends and byte order mark included; successive reads give
 * it exactly. See `read-result.ts` for the notice at the end.
 */
export function readTool(openContents: OpenContents): Tool {
  return defineTool({
    name: 'read',
    description:
      'Reads a file: text as it is, a PDF as its text by page, a picture as a picture. The last line says ' +
      '[end of file], or where it was cut and how to go on.',
    input: z.strictObject({
      path: z.string().describe('Such as "inputs/churn.csv"'),
      line: fromOne.describe('First line to read, from 1'),
      column: fromOne.describe('First character in that line, from 1'),
      maxChars: fromOne.describe(
        `At most so many characters; ${limits.readDefaultChars} without it, ${limits.toolResultChars} at most`,
      ),
    }),
    effect: 'none',
    activity: (input) => (input === undefined ? 'reading a file' : `reading ${nameForCard(input.path)}`),
    async run({ path, line = 1, column = 1, maxChars = limits.readDefaultChars }, context) {
      const file = findFile(context.workspace, path)
      const contents = await openContents(file, context)
      if (contents.kind !== 'text') return describe(file, contents)
      return readRange({ path: file.path, contents, from: { line, column }, maxChars })
    },
  })
}

function readRange(input: {
  path: string
  contents: Extract<Contents, { kind: 'text' }>
  from: Position
  maxChars: number
}): Answer {
  const { text, lines } = input.contents
  const found = findPosition(text, lines, input.from)
  if (typeof found === 'string') return fail(found)
  const start = found.offset
  const end = cutRange(text, start, Math.min(input.maxChars, limits.toolResultChars - noticeChars))
  const part = { path: input.path, text: text.slice(start, end), lines: lines.count }
  if (end === text.length) return say(writeReadResult(part))
  return say(writeReadResult({ ...part, next: positionAfter(text, { start, end, from: found.at }) }))
}

function describe(file: WorkspaceFile, contents: Exclude<Contents, { kind: 'text' }>): Answer {
  if (contents.kind === 'unreadable') return fail(contents.why)
  const size = formatBytes(file.bytes)
  if (contents.kind === 'binary') {
    const hex = Buffer.from(contents.head)
      .toString('hex')
      .replace(/..(?=.)/g, '$& ')
    return fail(
      `${file.path} is not text: ${contents.mediaType}, ${size}. Its first ${plural(contents.head.length, 'byte')}: ${hex}`,
    )
  }
  const { mediaType, width, height } = contents
  const label = `${file.path}: ${mediaType}, ${width} × ${height} pixels, ${size}`
  if (file.bytes > pictureBytes || Math.max(width, height) > pictureSide) {
    return fail(
      `${label}. It is too large to look at: at most ${formatBytes(pictureBytes)} and 8,000 pixels a side.`,
    )
  }
  return {
    content: [
      { type: 'text', text: label },
      { type: 'image', mediaType, sha256: file.sha256 },
    ],
    isError: false,
  }
}
