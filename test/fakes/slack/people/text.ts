import { newId } from '../ids.ts'
import type { Block } from '../world.ts'

/** What a person types, as Slack's own clients send it: a rich text block beside the text. */
export function typed(text: string): Block[] {
  const elements = text
    .split(/(<[^<>\n]+>)/)
    .filter((part) => part !== '')
    .map(element)
  return [{ type: 'rich_text', block_id: newId('b'), elements: [{ type: 'rich_text_section', elements }] }]
}

function element(part: string): Record<string, unknown> {
  const [target = '', label] = part.startsWith('<') ? part.slice(1, -1).split('|') : []
  if (target.startsWith('@')) return { type: 'user', user_id: target.slice(1) }
  if (target.startsWith('#')) return { type: 'channel', channel_id: target.slice(1) }
  if (target.startsWith('!')) return { type: 'broadcast', range: target.slice(1) }
  if (target !== '') return { type: 'link', url: target, ...(label === undefined ? {} : { text: label }) }
  return {
    type: 'text',
    text: part.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&'),
  }
}
