import { type APIContainerComponent, ComponentType } from 'discord.js'
import type { Card } from '../../../core/chat.ts'
import { cardActions } from '../../words/card-actions.ts'
import {
  cardParts,
  cardTitle,
  rowActivity,
  rowCost,
  rowCounts,
  rowQuiet,
  rowSign,
  rowTitle,
} from '../../words/card-words.ts'
import { shortened } from '../../words/cut.ts'
import { shownRows } from '../../words/fold.ts'
import { harmlessCard } from '../../words/harmless-card.ts'
import { button, rowsOf, textDisplay } from './elements.ts'
import { discordLine, escaped } from './harmless.ts'
import { limits } from './limits.ts'
import type { Posting } from './posting.ts'
import { writtenText } from './write.ts'

/** From the most that a card shows of its agents to the least, for the card to fit into one message. */
const sizes = [
  { rows: 20, title: 90, activity: 160 },
  { rows: 20, title: 70, activity: 80 },
  { rows: 20, title: 50, activity: 30 },
  { rows: 12, title: 50, activity: 30 },
  { rows: 6, title: 30, activity: 0 },
] as const
const longestTitle = 200
const rowsRoom = limits.text - 2 * longestTitle - 700

/**
 * The run card: what was understood, where it stands and what it costs, a line for each agent, and what can be pressed
 * now. Nothing can be pressed once it has ended.
 */
export function renderCard(given: Card): Posting {
  const card = harmlessCard(given, discordLine)
  const title = escaped(shortened(cardTitle(card), longestTitle), { startsLine: false })
  const parts = cardParts(card).map((part) => escaped(shortened(part, 150), { startsLine: false }))
  const rows = rowLines(card)
  const buttons = cardActions(card).map(({ isNext, label, verb }) =>
    button({ label, press: { verb, jobId: card.jobId }, style: isNext ? 'primary' : 'plain' }),
  )
  const container: APIContainerComponent = {
    type: ComponentType.Container,
    accent_color: colourOf(card),
    components: [
      textDisplay(`**${title}**\n-# ${parts.join(' · ')}`),
      ...(rows === '' ? [] : [textDisplay(rows)]),
      ...rowsOf(buttons),
    ],
  }
  return { components: [container] }
}

/** Moving, waiting for somebody, or ended: what can be seen from the corner of an eye. */
function colourOf({ state }: Card): number {
  switch (state) {
    case 'suspended':
    case 'held':
      return 0xf0b232
    case 'done':
      return 0x23a55a
    case 'failed':
      return 0xda373c
    case 'cancelled':
      return 0x80848e
    default:
      return 0x5865f2
  }
}

function rowLines(card: Card): string {
  const all = sizes.map((size) => {
    const shown = shownRows(card.rows, size.rows)
    const folded = card.rows.filter((_, index) => !shown.includes(index))
    const lines = shown.map((index) => rowLine(card, index, size))
    const rest = folded.length > 0 ? [`… ${folded.length} more: ${rowCounts(folded)}`] : []
    return [...lines, ...rest].join('\n')
  })
  return all.find((lines) => lines.length <= rowsRoom) ?? all.at(-1) ?? ''
}

/** `✓ **January** · 1,204 rows, two columns with gaps · $0.08` */
function rowLine(card: Card, index: number, size: { title: number; activity: number }): string {
  const row = card.rows[index]
  if (!row) return ''
  const isResting = row.state === 'waiting' || row.state === 'ready' || row.state === 'cancelled'
  const title = escaped(shortened(rowTitle(row), size.title), { startsLine: false })
  const activity = size.activity > 0 ? shortened(rowActivity(card, index), size.activity) : ''
  const step = row.state === 'running' && row.step > 0 ? `step ${row.step}` : ''
  const facts = [activity, step, rowQuiet(row), rowCost(row)].filter((fact) => fact !== '').map(writtenText)
  return [`${rowSign(row.state)} ${isResting ? title : `**${title}**`}`, ...facts].join(' · ')
}
