import type { types } from '@slack/bolt'
import type { AnswerFile } from '../../../core/chat.ts'
import { formatBytes } from '../../../core/format.ts'
import { shortened } from './cut.ts'
import { actions, button, plainText, type SlackBlock, textRun } from './elements.ts'
import { escaped, slackLine, slackUrl } from './harmless.ts'
import { limits } from './limits.ts'
import type { Part } from './markdown.ts'
import { richBlocks, type Unit } from './units.ts'

/** As many files as have a row of their own with a button; the others are a list. */
const mostRows = 15

/** A row for each file: its path, which opens it, its size, and a button to keep it for longer. */
export function fileParts(jobId: string, files: readonly AnswerFile[]): Part[] {
  const blocks: SlackBlock[][] = files.slice(0, mostRows).map((file) => fileRow(jobId, file))
  const others = richBlocks(files.slice(mostRows).map(fileItem))
  return [...blocks, ...others.map((block) => [block])].map((row): Part => ({ kind: 'blocks', blocks: row }))
}

function fileRow(jobId: string, file: AnswerFile): SlackBlock[] {
  const words = pathOf(file)
  const star = starButton(jobId, file)
  const url = file.url === undefined ? undefined : slackUrl(file.url)
  const size = formatBytes(file.bytes)
  const markup = url && `<${escaped(url)}|${escaped(words)}>  ${size}`
  // A section with a button is the row that people know. Its text is markup, in which some names would lose letters.
  if (markup && markup.length <= limits.blockText && !looksLikeMarkup(words)) {
    return [{ type: 'section', text: { type: 'mrkdwn', text: markup, verbatim: true }, ...accessory(star) }]
  }
  if (!url && words.length < limits.blockText)
    return [{ type: 'section', text: plainText(`${words}  ${size}`), ...accessory(star) }]
  return [...richBlocks([{ ...fileItem(file), kind: 'text' } as Unit]), ...actions(star ? [star] : [])]
}

function accessory(star: types.Button | undefined): { accessory?: types.Button } {
  return star ? { accessory: star } : {}
}

function fileItem(file: AnswerFile): Unit {
  const words = pathOf(file)
  const url = file.url === undefined ? undefined : slackUrl(file.url)
  const name = url ? [{ type: 'link' as const, url, text: words }] : textRun(words)
  const runs = [...name, ...textRun(`  ${formatBytes(file.bytes)}`)]
  return { kind: 'item', runs, indent: 0, number: undefined, quoted: false }
}

function pathOf(file: AnswerFile): string {
  return slackLine(file.path) || 'file'
}

/** Stars, underscores and the like at the edge of a word. */
function looksLikeMarkup(words: string): boolean {
  return /(?:^|[^\p{L}\p{N}])[*_~`]|[*_~`](?:$|[^\p{L}\p{N}])|:[\w+-]+:/u.test(words)
}

function starButton(jobId: string, file: AnswerFile): types.Button | undefined {
  const star = button({ ...starLabels.star, value: { j: jobId, a: file.artifactId } })
  if ((star.value ?? '').length > limits.value) return undefined
  return { ...star, accessibility_label: shortened(`Keep ${pathOf(file)} for longer`, limits.label) }
}

/** What the button of a file says, and does next. */
export const starLabels = {
  star: { label: '☆ Keep', action: 'loom:star' },
  unstar: { label: '★ Kept', action: 'loom:unstar' },
} as const
