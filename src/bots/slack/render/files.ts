import type { types } from '@slack/bolt'
import type { AnswerFile } from '../../../core/chat.ts'
import { formatBytes } from '../../../core/format.ts'
import { type Run, textRun } from '../../markdown/runs.ts'
import type { Unit } from '../../markdown/units.ts'
import { shortened } from '../../words/cut.ts'
import { starWords } from '../../words/star-words.ts'
import { actions, button, plainText, type SlackBlock } from './elements.ts'
import { escaped, slackLine, slackUrl } from './harmless.ts'
import { limits } from './limits.ts'
import type { Part } from './markdown.ts'
import { richBlocks } from './units.ts'

/** As many files as have a row of their own with a button; the others are a list. */
const mostRows = 15

/**
 * A row for each file: its path, which opens it, its size, and a button to keep it for longer. Where the others are
 * uploaded, one that Slack does not take says so.
 */
export function fileParts(
  jobId: string,
  files: readonly AnswerFile[],
  { canUpload }: { canUpload: boolean },
): Part[] {
  const rows = files.map((file) => ({ file, facts: factsOf(file, canUpload) }))
  const blocks: SlackBlock[][] = rows.slice(0, mostRows).map((row) => fileRow(jobId, row))
  const others = richBlocks(rows.slice(mostRows).map(fileItem))
  return [...blocks, ...others.map((block) => [block])].map((row): Part => ({ kind: 'blocks', blocks: row }))
}

/** Whether Slack takes a file of this size. */
export function fitsUpload({ bytes }: AnswerFile): boolean {
  return bytes > 0 && bytes <= limits.uploadBytes
}

interface Row {
  file: AnswerFile
  /** What stands behind the path. */
  facts: string
}

function factsOf(file: AnswerFile, canUpload: boolean): string {
  const size = formatBytes(file.bytes)
  if (!canUpload || fitsUpload(file)) return size
  return `${size} · not uploaded: Slack takes no file ${file.bytes === 0 ? 'that is empty' : 'so large'}`
}

function fileRow(jobId: string, row: Row): SlackBlock[] {
  const { facts, file } = row
  const words = pathOf(file)
  const star = starButton(jobId, file)
  const url = file.url === undefined ? undefined : slackUrl(file.url)
  const markup = url && `<${escaped(url)}|${escaped(words)}>  ${facts}`
  // A section with a button is the row that people know. Its text is markup, in which some names would lose letters.
  if (markup && markup.length <= limits.blockText && !looksLikeMarkup(words)) {
    return [{ type: 'section', text: { type: 'mrkdwn', text: markup, verbatim: true }, ...accessory(star) }]
  }
  if (!url && words.length < limits.blockText)
    return [{ type: 'section', text: plainText(`${words}  ${facts}`), ...accessory(star) }]
  return [...richBlocks([{ kind: 'text', runs: fileRuns(row) }]), ...actions(star ? [star] : [])]
}

function accessory(star: types.Button | undefined): { accessory?: types.Button } {
  return star ? { accessory: star } : {}
}

function fileItem(row: Row): Unit {
  return { kind: 'item', runs: fileRuns(row), indent: 0, number: undefined, quoted: false }
}

function fileRuns({ facts, file }: Row): Run[] {
  const words = pathOf(file)
  const url = file.url === undefined ? undefined : slackUrl(file.url)
  const name: Run[] = url ? [{ type: 'link', url, text: words }] : textRun(words)
  return [...name, ...textRun(`  ${facts}`)]
}

function pathOf(file: AnswerFile): string {
  return slackLine(file.path) || 'file'
}

/** Stars, underscores and the like at the edge of a word. */
export function looksLikeMarkup(words: string): boolean {
  return /(?:^|[^\p{L}\p{N}])[*_~`]|[*_~`](?:$|[^\p{L}\p{N}])|:[\w+-]+:/u.test(words)
}

function starButton(jobId: string, file: AnswerFile): types.Button | undefined {
  const labels = file.starred ? starLabels.unstar : starLabels.star
  const star = button({ ...labels, value: { j: jobId, a: file.artifactId } })
  if ((star.value ?? '').length > limits.value) return undefined
  const says = file.starred ? `Keep ${pathOf(file)} no longer` : `Keep ${pathOf(file)} for longer`
  return { ...star, accessibility_label: shortened(says, limits.label) }
}

/** What the button of a file says, and does next. */
export const starLabels = {
  star: { label: starWords.star, action: 'loom:star' },
  unstar: { label: starWords.unstar, action: 'loom:unstar' },
} as const
