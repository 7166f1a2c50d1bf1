import type { Notice } from '../../../core/chat.ts'
import { linkedRuns } from '../../markdown/linked.ts'
import { discordText, discordUrl } from './harmless.ts'
import { unitParts } from './markdown.ts'
import { packMessages } from './pack.ts'
import type { Posting } from './posting.ts'

/**
 * A notice: a few sentences as they are, no markup; an address in it can be opened. `about`: the channel that it is
 * about, where it is shown outside of it.
 */
export function renderNotice(notice: Notice, { about }: { about?: string } = {}): Posting[] {
  const text = discordText(notice.text).trim() || '…'
  const parts = unitParts([{ kind: 'text', runs: linkedRuns(text, discordUrl) }])
  const place = about === undefined ? [] : [{ kind: 'text', text: `-# In <#${about}>`, as: 'small' } as const]
  return packMessages([...parts, ...place]).map((components) => ({ components }))
}
