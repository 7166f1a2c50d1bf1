import { createHash } from 'node:crypto'
import type { Posting } from '../render/posting.ts'

/** The parts that a delivery can have: its messages, the beginning of a long answer, its files, a note below them. */
export const parts = { messages: 'm', beginning: 'b', files: 'f', note: 'n' } as const
const mostOfAKind = 60

/** What makes a post idempotent for the minutes in which Discord looks at it: at most 25 characters. */
export function nonceOf(nonce: string, part: string): string {
  return hash(nonce, part).toString('base64url').slice(0, 25)
}

/**
 * Discord forgets a nonce after minutes, and keeps the number that a component was given: the first one of each message
 * of ours has a number of its delivery and part, by which it is found again.
 */
export function markOf(nonce: string, part: string): number {
  return (hash(nonce, part).readUInt32BE(20) % 0x3fff_ffff) + 0x4000_0000
}

export function marked(components: Posting['components'], mark: number): Posting['components'] {
  return components.map((component, index) => (index === 0 ? { ...component, id: mark } : component))
}

/** The parts of a delivery by their marks. */
export function partsByMark(nonce: string): Map<number, string> {
  const names = Object.values(parts).flatMap((kind) =>
    Array.from({ length: mostOfAKind }, (_, index) => `${kind}${index}`),
  )
  return new Map(names.map((name) => [markOf(nonce, name), name]))
}

function hash(nonce: string, part: string): Buffer {
  return createHash('sha256').update(`${nonce} ${part}`).digest()
}
