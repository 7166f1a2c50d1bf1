import type { Notice } from '../../../core/chat.ts'
import { linkedRuns } from '../../markdown/linked.ts'
import { slackText, slackUrl } from './harmless.ts'
import { packMessages } from './pack.ts'
import { type Posting, posting } from './posting.ts'
import { richBlocks } from './units.ts'

/** A notice: a few sentences as they are, no markup; an address in it can be opened. */
export function renderNotice(notice: Notice): Posting[] {
  const text = slackText(notice.text).trim() || '…'
  const blocks = richBlocks([{ kind: 'text', runs: linkedRuns(text, slackUrl) }])
  return packMessages(blocks.map((block) => ({ kind: 'blocks', blocks: [block] }))).map((message) =>
    posting(message),
  )
}
