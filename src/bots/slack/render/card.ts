import type { types } from '@slack/bolt'
import type { Card } from '../../../core/chat.ts'
import { type Run, runLength, textRun } from '../../markdown/runs.ts'
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
import { actions, button, context, richText, section } from './elements.ts'
import { escaped, slackLine } from './harmless.ts'
import { limits } from './limits.ts'
import { type Posting, posting } from './posting.ts'

/** As many agents as a card shows before it counts the rest. */
const mostRows = 20
const longest = { title: 200, rowTitle: 90, activity: 200 }

/**
 * The run card: what was understood, where it stands and what it costs, a line for each agent, and what can be pressed
 * now. Nothing can be pressed once it has ended.
 */
export function renderCard(given: Card): Posting {
  const card = harmlessCard(given, slackLine)
  const title = shortened(cardTitle(card), longest.title)
  const parts = cardParts(card).join(' · ')
  return posting(
    [
      richText([section(textRun(title, { bold: true }))]),
      ...context([parts]),
      ...rowBlocks(card),
      ...actions(cardButtons(card)),
    ],
    escaped(`${title} · ${parts}`),
  )
}

function rowBlocks(card: Card): types.RichTextBlock[] {
  const shown = shownRows(card.rows, mostRows)
  const folded = card.rows.filter((_, index) => !shown.includes(index))
  const lines = shown.map((index) => rowRuns(card, index))
  if (folded.length > 0)
    lines.push(textRun(`… ${folded.length} more: ${rowCounts(folded)}`, { italic: true }))
  const blocks: Run[][] = []
  let room = 0
  for (const line of lines) {
    const length = line.reduce((sum, run) => sum + runLength(run), 1)
    if (length > room) {
      blocks.push([])
      room = limits.blockText
    }
    const block = blocks.at(-1)
    block?.push(...(block.length > 0 ? textRun('\n') : []), ...line)
    room -= length
  }
  return blocks.map((runs) => richText([section(runs)]))
}

/** `✓  January · 1,204 rows, two columns with gaps · $0.08` */
function rowRuns(card: Card, index: number): Run[] {
  const row = card.rows[index]
  if (!row) return []
  const isResting = row.state === 'waiting' || row.state === 'ready' || row.state === 'cancelled'
  const title = shortened(rowTitle(row), longest.rowTitle)
  const step = row.state === 'running' && row.step > 0 ? `step ${row.step}` : ''
  const facts = [shortened(rowActivity(card, index), longest.activity), step, rowQuiet(row), rowCost(row)]
  const said = facts.filter((fact) => fact !== '').join(' · ')
  return [
    ...textRun(`${rowSign(row.state)}  `),
    ...textRun(title, isResting ? {} : { bold: true }),
    ...textRun(said === '' ? '' : ` · ${said}`),
  ]
}

function cardButtons(card: Card): types.Button[] {
  return cardActions(card).map(({ isNext, label, verb }) =>
    button({
      label,
      action: `loom:${verb}`,
      value: { j: card.jobId },
      ...(isNext ? { style: 'primary' as const } : {}),
    }),
  )
}
