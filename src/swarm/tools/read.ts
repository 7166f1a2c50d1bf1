import { z } from 'zod'
import { formatBytes, plural } from '../../core/format.ts'
import { limits } from '../../core/limits.ts'
import type { Tool, WorkspaceFile } from '../../core/workspace.ts'
import { type Answer, fail, sayPage } from './answer.ts'
import type { Contents, OpenContents, Pages } from './contents.ts'
import { defineTool } from './define-tool.ts'
import { findFile, nameForCard } from './find-file.ts'
import { cutRange, findPosition, type Position, positionAfter } from './range.ts'
import { noticeChars, writeReadResult } from './read-result.ts'

/** Providers refuse pictures over 5 MB of base64 or over 8,000 pixels a side, and with them the whole call. */
const pictureBytes = 3_750_000
const pictureSide = 8_000
/** What providers take of a PDF, and as much text as leaves room beside it in what a model can hold. */
const pdfBytes = 20_000_000
const pdfPages = 100
const pdfTextBytes = 600_000

/** However little room a step has left, a page gets on. */
const leastPageChars = 4_096

const fromOne = z.number().int().min(1).optional()

/**
 * Reads a file from a position. The text comes as it is, line ends and byte order mark included; successive reads give
 * it exactly. See `read-result.ts` for the notice at the end.
 */
export function readTool(openContents: OpenContents): Tool {
  return defineTool({
    name: 'read',
    description:
      'Reads a file: text as it is, a PDF as its text by page, a picture or a scanned PDF as what it shows. The ' +
      'last line of a text says [end of file], or where it was cut and how to go on.',
    input: z.strictObject({
      path: z.string().describe('Such as "inputs/churn.csv"'),
      line: fromOne.describe('First line to read, from 1'),
      column: fromOne.describe('First character in that line, from 1'),
      maxChars: fromOne.describe(
        `At most so many characters; ${limits.readDefaultChars} without it, ${limits.toolResultChars} at most`,
      ),
      pages: z
        .boolean()
        .optional()
        .describe('true: look at the pages of a PDF with their charts and layout, instead of its text'),
    }),
    effect: 'none',
    activity: (input) => (input === undefined ? 'reading a file' : `reading ${nameForCard(input.path)}`),
    async run({ path, line = 1, column = 1, maxChars = limits.readDefaultChars, pages = false }, context) {
      const file = findFile(context.workspace, path)
      const contents = await openContents(file, context)
      if (contents.kind === 'scan') return showPages(file, contents)
      if (contents.kind !== 'text') return describe(file, contents)
      if (pages && contents.isExtracted) return showPages(file, contents)
      const room = Math.max(leastPageChars, context.roomChars ?? limits.toolResultChars)
      return readRange({
        path: file.path,
        contents,
        from: { line, column },
        maxChars: Math.min(maxChars, room),
      })
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
  if (end === text.length) return sayPage(writeReadResult(part))
  return sayPage(writeReadResult({ ...part, next: positionAfter(text, { start, end, from: found.at }) }))
}

function describe(file: WorkspaceFile, contents: Exclude<Contents, { kind: 'text' | 'scan' }>): Answer {
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

/** The PDF itself, for a model that can look at it. */
function showPages(file: WorkspaceFile, { isProtected, pages, textBytes }: Pages): Answer {
  const label = `${file.path}: a PDF of ${plural(pages, 'page')}, ${formatBytes(file.bytes)}`
  const most = `at most ${formatBytes(pdfBytes)}, ${pdfPages} pages and ${formatBytes(pdfTextBytes)} of text`
  const isLarge = file.bytes > pdfBytes || pages > pdfPages || textBytes > pdfTextBytes
  if (isProtected || isLarge) {
    const why = isProtected ? 'It is protected' : `It is too large: ${most}`
    const instead =
      textBytes > 0
        ? 'Read its text instead, without "pages".'
        : `It holds no text either: say in the answer that it has to come ${isProtected ? 'without protection' : 'in smaller parts'}.`
    return fail(`${label}. Its pages cannot be looked at. ${why}. ${instead}`)
  }
  const name = file.path.slice(file.path.lastIndexOf('/') + 1)
  const shown = {
    type: 'document',
    mediaType: 'application/pdf',
    sha256: file.sha256,
    name,
    pages,
    textBytes,
  } as const
  const text = textBytes > 0 ? `${label}.` : `${label}, without any text: its pages can only be looked at.`
  return { content: [{ type: 'text', text }, shown], isError: false }
}
