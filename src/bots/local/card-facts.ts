import type { Card, CardRow } from '../../core/chat.ts'
import { tryingAgain } from '../../core/words.ts'
import { cardParts, cardTitle, rowActivity, rowCost, rowSign, rowTitle } from '../words/card-words.ts'
import { harmlessLine } from '../words/harmless.ts'
import { harmlessCard } from '../words/harmless-card.ts'

/**
 * What is new on a card since it was last shown, as plain lines: the title with money and cap when the state
 * changed, the plan when it became known, each agent that started, stands still, paused or ended. Nothing new gives no
 * lines.
 */
export function cardFacts(shown: Card | undefined, now: Card): string[] {
  const before = shown && harmlessCard(shown, harmlessLine)
  const card = harmlessCard(now, harmlessLine)
  const known = new Map(before?.rows.map((row) => [row.key, row]))
  const added = card.rows.filter((row) => !known.has(row.key))
  const plan = added.length > 0 ? [`  ${known.size > 0 ? 'also planned' : 'plan'}: ${titles(added)}`] : []
  const header = headerChanged(before, card) ? [[cardTitle(card), ...cardParts(card)].join(' · ')] : []
  const rows = card.rows.flatMap((row, index) => {
    const last = known.get(row.key)
    const text = last?.state === row.state ? delayFact(last, row) : rowFact(card, row, index)
    return text ? [`  ${rowSign(row.state)} ${text}`] : []
  })
  return [...header, ...plan, ...rows]
}

function headerChanged(before: Card | undefined, card: Card): boolean {
  return (
    before?.state !== card.state ||
    before.reason !== card.reason ||
    before.title !== card.title ||
    before.capMicroUsd !== card.capMicroUsd ||
    before.said?.heardBy !== card.said?.heardBy
  )
}

function delayFact(last: CardRow, row: CardRow): string | undefined {
  const words = delayWords(row)
  return words === '' || last.activity === row.activity ? undefined : `${rowTitle(row)}  ${words}`
}

function delayWords(row: CardRow): string {
  return row.state === 'running' && row.activity.endsWith(tryingAgain) ? row.activity : ''
}

function titles(rows: readonly CardRow[]): string {
  return rows.map(rowTitle).join(', ')
}

function rowFact(card: Card, row: CardRow, index: number): string | undefined {
  switch (row.state) {
    case 'waiting':
    case 'ready':
      return undefined
    case 'running':
      return [rowTitle(row), delayWords(row) || 'started'].join('  ')
    case 'suspended':
    case 'done':
    case 'failed':
    case 'cancelled':
      return [rowTitle(row), rowActivity(card, index), rowCost(row)].filter((part) => part !== '').join('  ')
  }
}
