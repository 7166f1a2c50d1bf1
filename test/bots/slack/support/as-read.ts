import type { SlackBlock } from '../../../../src/bots/slack/render/elements.ts'
import { plainOf } from '../../../../src/bots/slack/render/plain.ts'
import type { Posting } from '../../../../src/bots/slack/render/posting.ts'

/** Messages as a person reads them, the buttons as `[ Stop ]`, a rule between two messages. */
export function asRead(postings: readonly Posting[]): string {
  return postings.map(({ blocks }) => blocks.map(readBlock).join('\n')).join('\n──── next message ────\n')
}

function readBlock(block: SlackBlock): string {
  switch (block.type) {
    case 'actions':
      return block.elements.map(labelOf).join(' ')
    case 'header':
      return `## ${block.text.text}`
    case 'divider':
      return '───'
    case 'context':
      return `   (${plainOf([block], { addresses: false })})`
    case 'section':
      return `${plainOf([block], { addresses: false })}   ${block.accessory ? labelOf(block.accessory) : ''}`
    default:
      return plainOf([block], { addresses: true })
  }
}

function labelOf(element: object): string {
  const text =
    'text' in element && typeof element.text === 'object' && element.text !== null ? element.text : {}
  return 'text' in text ? `[ ${String(text.text)} ]` : ''
}
