/**
 * What Slack takes of one message, with a little room: the limits are counted in characters as JavaScript does, and
 * the sum over a message ("msg_blocks_too_long", about 13,000) is documented nowhere.
 */
export const limits = {
  blocks: 48,
  weight: 12_000,
  /** Of the text in one rich text block; nothing is documented, a section takes 3,000. */
  blockText: 2_900,
  tableRows: 100,
  tableColumns: 20,
  tableText: 9_000,
  header: 150,
  label: 75,
  value: 2_000,
  url: 3_000,
  /** A message that is text alone. */
  plainText: 3_800,
  /** The text beside blocks: what a notification and a screen reader say. */
  fallback: 1_000,
  /** Of a file; an empty one is refused too. */
  uploadBytes: 1_000_000_000,
  /** An answer of more messages goes into a file. */
  messages: 4,
} as const

/** What a block counts for, beside its text. */
const perBlock = 125

/** About how much a block weighs for Slack: every text in it, and something for itself. */
export function weightOf(block: object): number {
  return perBlock + lengthOf(block)
}

function lengthOf(value: unknown): number {
  if (Array.isArray(value)) return value.reduce((sum: number, each) => sum + lengthOf(each), 0)
  if (typeof value !== 'object' || value === null) return 0
  return Object.entries(value).reduce((sum, [key, each]) => {
    if (typeof each !== 'string') return sum + lengthOf(each)
    return key === 'type' || key.endsWith('_id') ? sum : sum + each.length
  }, 0)
}
