import { harmlessLineWithEmoji, harmlessWithEmoji } from '../../words/harmless.ts'
import { limits } from './limits.ts'

/**
 * Text from outside for Slack. It stands in rich text and plain text objects alone, where nothing is markup; here goes
 * what acts without being seen.
 */
export const slackText = harmlessWithEmoji

/** The same on one line. */
export const slackLine = harmlessLineWithEmoji

/** An address that Slack may open; nothing for other schemes, relative addresses and what is too long for it. */
export function slackUrl(href: string): string | undefined {
  const url = URL.parse(slackLine(href))
  if (!url || !['https:', 'http:', 'mailto:'].includes(url.protocol)) return undefined
  const address = url.href.replaceAll('|', '%7C').replaceAll('<', '%3C').replaceAll('>', '%3E')
  return address.length <= limits.url ? address : undefined
}

/** For the `text` of a message, which Slack reads as markup: nothing of it is. */
export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
