import type { SlackBlock } from './elements.ts'
import { fallbackOf } from './plain.ts'

/** One message as Slack takes it. `text` is what notifications and screen readers say. */
export interface Posting {
  blocks: SlackBlock[]
  text: string
}

/** The message of these blocks; its notification says `said` where that is given, already harmless and escaped. */
export function posting(blocks: SlackBlock[], said?: string): Posting {
  return { blocks, text: said || fallbackOf(blocks) }
}
