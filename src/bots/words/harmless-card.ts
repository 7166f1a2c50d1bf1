import type { Card } from '../../core/chat.ts'

/** The card with every text that is not our own made harmless for a platform, by its one-line rule. */
export function harmlessCard(card: Card, line: (text: string) => string): Card {
  const { said } = card
  return {
    ...card,
    title: line(card.title),
    said: said?.to === undefined ? said : { ...said, to: line(said.to) },
    rows: card.rows.map((row) => ({ ...row, title: line(row.title), activity: line(row.activity) })),
  }
}
