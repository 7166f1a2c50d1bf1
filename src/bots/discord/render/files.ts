import type { AnswerFile } from '../../../core/chat.ts'
import { formatBytes } from '../../../core/format.ts'
import { type Run, textRun } from '../../markdown/runs.ts'
import { starWords } from '../../words/star-words.ts'
import { button, section } from './elements.ts'
import { discordLine, discordUrl } from './harmless.ts'
import { limits } from './limits.ts'
import { unitParts } from './markdown.ts'
import type { Part } from './pack.ts'
import { written } from './write.ts'

/** As many files as have a row of their own with a button; the others are a list. */
const mostRows = 10

/**
 * A row for each file: its path, which opens it, its size, and a button to keep it for longer. Where the others are
 * uploaded, one that Discord does not take says so. `uploadBytes`: what it takes of one file, 0 where nothing is uploaded.
 */
export function fileParts(
  jobId: string,
  files: readonly AnswerFile[],
  { uploadBytes }: { uploadBytes: number },
): Part[] {
  const rows = files.slice(0, mostRows).map((file): Part => {
    const verb = file.starred ? 'unstar' : 'star'
    const star = button({ label: starWords[verb], press: { verb, jobId, subject: file.artifactId } })
    return { kind: 'component', component: section(rowText(file, uploadBytes), star) }
  })
  const others = files.slice(mostRows).map((file) => ({
    kind: 'item' as const,
    runs: fileRuns(file, uploadBytes),
    indent: 0,
    number: undefined,
    quoted: false,
  }))
  return [...rows, ...unitParts(others)]
}

/** Whether Discord takes a file of this size there. */
export function fitsUpload({ bytes }: { bytes: number }, uploadBytes: number): boolean {
  return bytes > 0 && bytes <= Math.min(uploadBytes, limits.requestBytes)
}

const longestRow = 3_000

function rowText(file: AnswerFile, uploadBytes: number): string {
  const text = written(fileRuns(file, uploadBytes))
  // An address is never cut: one that leaves no room is left out, and the file is found by its name.
  return text.length <= longestRow ? text : written(fileRuns({ ...file, url: undefined }, uploadBytes))
}

function fileRuns(file: AnswerFile, uploadBytes: number): Run[] {
  const words = pathOf(file)
  const url = file.url === undefined ? undefined : discordUrl(file.url)
  const name: Run[] = url ? [{ type: 'link', url, text: words }] : textRun(words)
  return [...name, ...textRun(`  ${factsOf(file, uploadBytes)}`)]
}

function factsOf(file: AnswerFile, uploadBytes: number): string {
  const size = formatBytes(file.bytes)
  if (uploadBytes === 0 || fitsUpload(file, uploadBytes)) return size
  if (file.bytes === 0) return `${size} · not uploaded: Discord takes no file that is empty`
  return `${size} · not uploaded: Discord takes at most ${formatBytes(uploadBytes)} here`
}

function pathOf(file: AnswerFile): string {
  const path = discordLine(file.path)
  return path.length > 1_000 ? `${path.slice(0, 1_000)}…` : path || 'file'
}
