import { type APIActionRowComponent, type APIButtonComponent, ButtonStyle, ComponentType } from 'discord.js'
import { cutText } from '../../words/cut.ts'
import { discordText, escaped } from '../render/harmless.ts'
import type { Said } from './answering.ts'

/** What Discord takes as the text of one message. */
const mostChars = 2_000

/** A word in plain text: nothing of it is markup. */
export function plain(text: string): Said[] {
  return partsOf(escaped(discordText(text)))
}

/** Lines in which channels are called by Discord itself. */
export function withChannels(lines: readonly string[]): Said[] {
  return partsOf(escaped(discordText(lines.join('\n'))).replaceAll(/\{(\d{15,21})\}/g, '<#$1>'))
}

/** For `withChannels`: Discord knows the name, and shows it only to those who may see the channel. */
export function channelMark(channel: string): string {
  return /^\d{15,21}$/.test(channel) ? `{${channel}}` : 'a channel'
}

/** One button below a word. */
export function buttonRow(input: {
  label: string
  customId: string
}): APIActionRowComponent<APIButtonComponent> {
  const { customId: custom_id, label } = input
  return {
    type: ComponentType.ActionRow,
    components: [{ type: ComponentType.Button, style: ButtonStyle.Secondary, label, custom_id }],
  }
}

function partsOf(text: string): Said[] {
  const parts = cutText(text, mostChars)
  return parts.length > 0 ? parts.map((content) => ({ content })) : [{ content: '…' }]
}
