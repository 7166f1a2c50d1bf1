import type { SlackBlock } from './elements.ts'
import { limits, weightOf } from './limits.ts'
import type { Part } from './markdown.ts'
import { richBlocks } from './units.ts'

/** A second table is shown as lines where these are few and narrow. */
const asLines = { columns: 90, rows: 40 }

/**
 * Parts in messages, each under what Slack takes of one, the first under `first`. A heading stays with what follows it.
 */
export function packMessages(
  parts: readonly Part[],
  { first = limits.weight }: { first?: number } = {},
): SlackBlock[][] {
  const messages: SlackBlock[][] = [[]]
  const headings = new Set<SlackBlock | undefined>()
  const state = { weight: 0, hasTable: false }
  const next = () => {
    const full = messages.at(-1) ?? []
    const carried = full.length > 1 && headings.has(full.at(-1)) ? full.splice(-1) : []
    messages.push(carried)
    state.weight = weightOfAll(carried)
    state.hasTable = false
  }
  const add = (block: SlackBlock) => {
    const weight = weightOf(block)
    const message = messages.at(-1) ?? []
    const most = messages.length === 1 ? first : limits.weight
    const isFull = state.weight + weight > most || message.length >= limits.blocks
    if (message.length > 0 && isFull && !(message.length === 1 && headings.has(message[0]))) next()
    messages.at(-1)?.push(block)
    state.weight += weight
    state.hasTable ||= block.type === 'table'
  }
  for (const part of parts) {
    if (part.kind === 'blocks') {
      if (part.heads) headings.add(part.blocks[0])
      for (const block of part.blocks) add(block)
      continue
    }
    const { block, columns, lines } = part.table
    const isSmall = columns <= asLines.columns && block.rows.length <= asLines.rows
    if (state.hasTable && isSmall) for (const line of richBlocks(lines)) add(line)
    else {
      if (state.hasTable) next()
      add(block)
    }
  }
  return messages.filter((message) => message.length > 0)
}

function weightOfAll(blocks: readonly SlackBlock[]): number {
  return blocks.reduce((sum, block) => sum + weightOf(block), 0)
}
