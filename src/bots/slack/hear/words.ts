import type { types } from '@slack/bolt'
import { cutText } from '../../words/cut.ts'
import { plainText } from '../render/elements.ts'
import { escaped, slackText } from '../render/harmless.ts'
import { limits } from '../render/limits.ts'

/** A word for one person: plain text in blocks, where nothing is markup, and escaped beside them. */
export function whisper(text: string): { text: string; blocks: types.SectionBlock[] } {
  const harmless = slackText(text).trim() || '…'
  return { text: escaped(harmless).slice(0, limits.plainText), blocks: plainSections(harmless) }
}

export function plainSections(text: string): types.SectionBlock[] {
  return cutText(slackText(text).trim() || '…', limits.blockText).map((part) => ({
    type: 'section',
    text: plainText(part),
  }))
}

/** Lines in which channels are called by Slack itself: `<#C…>` stands, everything else is escaped. */
export function withChannels(lines: readonly string[]): types.SectionBlock[] {
  return lines.map((line) => ({
    type: 'section',
    text: {
      type: 'mrkdwn',
      text: escaped(slackText(line))
        .replaceAll(/\{(C|G)([A-Z0-9]{2,30})\}/g, '<#$1$2>')
        .slice(0, limits.blockText),
      verbatim: true,
    },
  }))
}

/** For `withChannels`: Slack knows the name, and shows it only to those who may see the channel. */
export function channelMark(channel: string): string {
  return /^[CG][A-Z0-9]{2,30}$/.test(channel) ? `{${channel}}` : 'a channel'
}
