import type { Notice } from '../../../core/chat.ts'
import { type Run, textRun } from './elements.ts'
import { slackText, slackUrl } from './harmless.ts'
import { packMessages } from './pack.ts'
import { type Posting, posting } from './posting.ts'
import { richBlocks } from './units.ts'

/** A notice: a few sentences as they are, no markup; an address in it can be opened. */
export function renderNotice(notice: Notice): Posting[] {
  const text = slackText(notice.text).trim() || '…'
  const blocks = richBlocks([{ kind: 'text', runs: linked(text) }])
  return packMessages(blocks.map((block) => ({ kind: 'blocks', blocks: [block] }))).map((message) =>
    posting(message),
  )
}

function linked(text: string): Run[] {
  return text.split(/(https?:\/\/[^\s<>|]*[^\s<>|.,;:!?)\]])/gu).flatMap((part, index): Run[] => {
    const url = index % 2 === 1 ? slackUrl(part) : undefined
    return url ? [{ type: 'link', url, text: part }] : textRun(part)
  })
}
