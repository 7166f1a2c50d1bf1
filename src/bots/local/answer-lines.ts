import { pathToFileURL } from 'node:url'
import type { Answer, AnswerFile } from '../../core/chat.ts'
import { formatBytes } from '../../core/format.ts'
import { answerWords } from '../words/answer-words.ts'
import { harmlessLine, harmlessText, harmlessUrl } from '../words/harmless.ts'
import { handoverLines, receiptLine } from '../words/receipt-words.ts'
import { renderMarkdown } from './markdown.ts'
import { type Line, type Look, paint } from './spans.ts'
import { displayWidth } from './width.ts'
import { wrap } from './wrap.ts'

/** The answer as a person at a terminal reads it: the text, each file with its size and its link, the receipt. */
export function answerLines(
  answer: Answer,
  options: { columns: number; color: boolean; links: boolean },
): string[] {
  const columns = options.columns - 1
  const text = renderMarkdown(wordsOf(answer), { ...options, columns })
  return assemble(text.split('\n'), answer, { ...options, columns })
}

/** The same where there is no terminal: Markdown as it was written, no escape codes, nothing wrapped. */
export function plainAnswerLines(answer: Answer): string[] {
  return assemble(wordsOf(answer).trimEnd().split('\n'), answer, {
    color: false,
    links: false,
    columns: Number.POSITIVE_INFINITY,
  })
}

function assemble(text: readonly string[], answer: Answer, view: Look & { columns: number }): string[] {
  const files = fileLines(answer.files, view.links)
  const words = [receiptLine(answer.receipt), ...handoverLines(answer.receipt)]
  const receipt = words.flatMap((line) =>
    wrap([{ text: harmlessLine(line), styles: ['dim'] }], Math.max(1, view.columns - 2)),
  )
  const lines: Line[] = [
    ...(files.length > 0 ? [...files, []] : []),
    ...receipt.map((line): Line => [{ text: '  ' }, ...line]),
  ]
  return [...text, '', ...lines.map((line) => paint(line, view))]
}

function wordsOf(answer: Answer): string {
  return answerWords({ ...answer, markdown: harmlessText(answer.markdown) })
}

/**
 * A terminal that opens links gets one line a file, its path and the word "link" to click on, and the folder once;
 * any other gets the place and the link of each file written out below it.
 */
function fileLines(files: readonly AnswerFile[], clickable: boolean): Line[] {
  const widest = Math.max(0, ...files.map((file) => displayWidth(harmlessLine(file.path))))
  const column = Math.min(widest, 48)
  const folder = clickable ? commonFolder(files) : undefined
  const heading: Line[] = folder ? [[{ text: `  ${harmlessLine(folder)}/`, styles: ['dim'] }]] : []
  const lines = files.flatMap((file): Line[] => {
    const path = harmlessLine(file.path)
    const gap = ' '.repeat(Math.max(0, column - displayWidth(path)) + 2)
    const size = { text: `${gap}${formatBytes(file.bytes)}`, styles: ['dim'] as const }
    const line: Line = [{ text: '  ' }, { text: path, href: openAddress(file) }, size]
    if (clickable && (folder || !file.localPath)) {
      const url = file.url && file.localPath ? harmlessUrl(file.url) : undefined
      return [url ? [...line, { text: '  ' }, { text: 'link', href: url, styles: ['dim'] }] : line]
    }
    const places = [file.localPath, file.url].filter((place) => place !== undefined)
    return [line, ...places.map((place): Line => [{ text: `    ${harmlessLine(place)}`, styles: ['dim'] }])]
  })
  return [...heading, ...lines]
}

/** The folder that holds every file at the place its path names; `undefined` when there is no such one. */
function commonFolder(files: readonly AnswerFile[]): string | undefined {
  const folders = files.map(({ localPath, path }) => {
    const tail = path.replace(/^final\//, '/')
    return localPath?.endsWith(tail) ? localPath.slice(0, -tail.length) : undefined
  })
  const [first] = folders
  return first !== undefined && folders.every((folder) => folder === first) ? first : undefined
}

/** Where a click on the path leads: the file on this machine before its signed link. */
function openAddress(file: AnswerFile): string | undefined {
  if (file.localPath) return pathToFileURL(harmlessLine(file.localPath)).href
  return file.url ? harmlessUrl(file.url) : undefined
}
