import type { FileSource } from '../../../core/brief.ts'
import { type Loose, listOf, recordOf, textOf, wordOf } from './loose.ts'

/** How files of Slack are named in a brief: `slack:<file id>`. */
export const slackSource = 'slack:'

/** The files of a message that can be fetched, and a line for each that cannot. */
export function readFiles(files: unknown): { files: FileSource[]; lines: string[] } {
  const read: { files: FileSource[]; lines: string[] } = { files: [], lines: [] }
  for (const value of listOf(files)) {
    const file = recordOf(value)
    const id = wordOf(file.id)
    const why = whyNot(file)
    if (why) read.lines.push(why)
    else if (id && /^F[A-Z0-9]{2,30}$/.test(id))
      read.files.push({ name: nameOf(file), source: `${slackSource}${id}` })
  }
  return read
}

function nameOf(file: Loose): string {
  return wordOf(file.name) ?? wordOf(file.title) ?? textOf(file.id)
}

function whyNot(file: Loose): string | undefined {
  switch (file.mode) {
    case 'tombstone':
      return '(A file stood here and was deleted.)'
    case 'hidden_by_limit':
      return '(A file stood here; Slack hides it because of the limits of the workspace’s plan.)'
    case 'external':
      return external(file)
    default:
      return file.is_external === true ? external(file) : undefined
  }
}

function external(file: Loose): string {
  const address = wordOf(file.external_url) ?? wordOf(file.url_private)
  return `(${nameOf(file)} lies outside Slack and was not fetched${address ? `: ${address}` : '.'})`
}
