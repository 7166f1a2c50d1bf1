import { createHash } from 'node:crypto'

/** Numbers from 0 up to 1 that are the same for the same words, whatever was asked before. */
export function chanceOf(...words: readonly (string | number)[]): number {
  return createHash('sha256').update(words.join('\n')).digest().readUInt32BE(0) / 2 ** 32
}

/** A row of such numbers, one after the other. */
export function createRandom(...words: readonly (string | number)[]): () => number {
  let asked = 0
  return () => {
    asked += 1
    return chanceOf(...words, asked)
  }
}

/** The same cards in another order. */
export function shuffle<T>(cards: readonly T[], random: () => number): T[] {
  return cards
    .map((card) => ({ card, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ card }) => card)
}
