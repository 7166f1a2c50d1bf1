import { type Spoken, speakBlocks } from './blocks.ts'
import { type Loose, listOf, recordOf, textOf, wordOf } from './loose.ts'
import { plainOf } from './mrkdwn.ts'
import { sayLink, type Voice } from './voice.ts'

/**
 * What a message's attachments say: alerts of other programs, messages that were shared into this one. Slack's previews
 * of links are left out, since the link stands in the message.
 */
export function speakAttachments(attachments: unknown, voice: Voice): Spoken {
  const spoken: Spoken = { lines: [], tables: [] }
  for (const value of listOf(attachments)) {
    const attachment = recordOf(value)
    if (isPreview(attachment)) continue
    const { lines, tables } = speakBlocks(blocksIn(attachment), voice)
    const own = [...ownLines(attachment, voice), ...lines]
    spoken.lines.push(...(own.length > 0 ? own : fallbackLines(attachment, voice)))
    spoken.tables.push(...tables)
  }
  return spoken
}

/** The files of messages that were shared into this one. */
export function sharedFiles(attachments: unknown): unknown[] {
  return listOf(attachments).flatMap((attachment) => listOf(recordOf(attachment).files))
}

function isPreview({ blocks, from_url, is_msg_unfurl, is_share }: Loose): boolean {
  return wordOf(from_url) !== undefined && is_msg_unfurl !== true && is_share !== true && blocks === undefined
}

/** A shared message brings its own blocks as `message_blocks`. */
function blocksIn(attachment: Loose): unknown[] {
  const shared = listOf(attachment.message_blocks).flatMap((item) =>
    listOf(recordOf(recordOf(item).message).blocks),
  )
  return [...listOf(attachment.blocks), ...shared]
}

function ownLines(attachment: Loose, voice: Voice): string[] {
  const hasBlocks = blocksIn(attachment).length > 0
  const title = plainOf(textOf(attachment.title), voice)
  const link = wordOf(attachment.title_link)
  const author = wordOf(attachment.author_name)
  const lines = [
    plainOf(textOf(attachment.pretext), voice),
    attachment.is_msg_unfurl === true && author ? `${author} wrote:` : (author ?? ''),
    link ? sayLink(voice, link, title) : title,
    // A shared message's text repeats its blocks.
    hasBlocks ? '' : plainOf(textOf(attachment.text), voice),
    ...listOf(attachment.fields).map((field) => fieldLine(recordOf(field), voice)),
    plainOf(textOf(attachment.footer), voice),
  ]
  return lines.filter((line) => line.trim() !== '').flatMap((line) => line.split('\n'))
}

function fieldLine({ title, value }: Loose, voice: Voice): string {
  const [name, words] = [plainOf(textOf(title), voice), plainOf(textOf(value), voice)]
  return name && words ? `${name}: ${words}` : name || words
}

function fallbackLines(attachment: Loose, voice: Voice): string[] {
  const fallback = wordOf(attachment.fallback)
  return fallback ? plainOf(fallback, voice).split('\n') : []
}
