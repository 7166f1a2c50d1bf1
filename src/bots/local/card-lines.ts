import type { Card } from '../../core/chat.ts'
import type { TaskState } from '../../core/words.ts'
import {
  cardParts,
  cardTitle,
  rowActivity,
  rowCost,
  rowCounts,
  rowSign,
  rowTitle,
} from '../words/card-words.ts'
import { shownRows } from '../words/fold.ts'
import { harmlessLine } from '../words/harmless.ts'
import { harmlessCard } from '../words/harmless-card.ts'
import { lineWidth, paint, type Span, type Style } from './spans.ts'
import { displayWidth, padEnd, padStart, truncate } from './width.ts'
import { wrap } from './wrap.ts'

const widestCard = 100
const signStyles: Record<TaskState, Style> = {
  waiting: 'dim',
  ready: 'dim',
  running: 'cyan',
  suspended: 'yellow',
  done: 'green',
  failed: 'red',
  cancelled: 'dim',
}
const spinner = ['◐', '◓', '◑', '◒']

/**
 * The card as lines narrower than `columns`, at most `height` of them: when there are more rows, those that are
 * moving stay with their neighbours and a last line counts the rest. `frame` turns the sign of running rows. Pure.
 */
export function cardLines(
  given: Card,
  options: { columns: number; height?: number | undefined; color: boolean; frame?: number | undefined },
): string[] {
  const card = harmlessCard(given, harmlessLine)
  const columns = Math.max(1, Math.min(options.columns - 1, widestCard))
  const height = options.height ?? Number.POSITIVE_INFINITY
  const header = atMost(height, headerLines(card, columns))
  const room = height - header.length
  const shown = shownRows(card.rows, room)
  const folded = card.rows.filter((_, index) => !shown.includes(index))
  const layout = layoutFor(card, shown, columns)
  const lines = [...header, ...shown.map((index) => rowLine(card, index, layout, options.frame ?? 0))]
  if (folded.length > 0) {
    const text = truncate(`  … ${folded.length} more: ${rowCounts(folded)}`, columns)
    lines.push([{ text, styles: ['dim'] }])
  }
  return lines
    .slice(0, Math.max(1, height))
    .map((line) => paint(line, { color: options.color, links: false }))
}

/** Where even the header is too tall, the title and the money, which is its end, stay. */
function atMost(height: number, header: Span[][]): Span[][] {
  return header.length <= height
    ? header
    : [...header.slice(0, 1), ...header.slice(header.length - height + 1)]
}

function headerLines(card: Card, columns: number): Span[][] {
  const title = cardTitle(card)
  const parts = cardParts(card)
  const tail = ` · ${parts.join(' · ')}`
  const room = columns - displayWidth(tail)
  if (displayWidth(title) <= room || room >= 32) {
    return [[{ text: truncate(title, room), styles: ['bold'] }, { text: tail }]]
  }
  return [[{ text: truncate(title, columns), styles: ['bold'] }], ...partLines(parts, columns)]
}

/** The parts below the title: as many on a line as fit, a longer one broken at its words. */
function partLines(parts: readonly string[], columns: number): Span[][] {
  const room = Math.max(1, columns - 2)
  const lines: string[] = []
  for (const part of parts) {
    const joined = `${lines.at(-1)} · ${part}`
    if (lines.length > 0 && displayWidth(joined) <= room) lines[lines.length - 1] = joined
    else lines.push(part)
  }
  const broken = lines.flatMap((text) => wrap([{ text }], room))
  return broken.map((line) => [{ text: '  ' }, ...line])
}

interface Layout {
  columns: number
  title: number
  activity: number
  cost: number
}

/** A row is `  ✓ title  activity  cost`: the cost is always there, then the title, then as much activity as fits. */
function layoutFor(card: Card, shown: readonly number[], columns: number): Layout {
  const rows = card.rows.filter((_, index) => shown.includes(index))
  const cost = Math.max(0, ...rows.map((row) => displayWidth(rowCost(row))))
  const room = Math.max(0, columns - 4 - (cost > 0 ? cost + 2 : 0))
  const natural = Math.max(0, ...rows.map((row) => displayWidth(rowTitle(row))))
  const widest = columns >= 60 ? Math.max(16, Math.floor(room * 0.45)) : room
  const title = Math.min(natural, widest, room)
  const left = room - title - 2
  return { columns, title, activity: left >= 14 ? left : 0, cost }
}

function rowLine(card: Card, index: number, layout: Layout, frame: number): Span[] {
  const row = card.rows[index]
  if (!row) return []
  const sign = rowSign(row.state)
  const turning = row.state === 'running' ? (spinner[frame % spinner.length] ?? sign) : sign
  const resting: readonly Style[] = ['waiting', 'ready', 'cancelled'].includes(row.state) ? ['dim'] : []
  const line: Span[] = [
    { text: '  ' },
    { text: turning, styles: [signStyles[row.state]] },
    { text: ' ' },
    { text: padEnd(truncate(rowTitle(row), layout.title), layout.title), styles: resting },
  ]
  if (layout.activity > 0) {
    line.push({ text: '  ' })
    line.push({
      text: activityCell(card, index, layout.activity),
      styles: row.state === 'failed' ? [] : ['dim'],
    })
  }
  const cost = rowCost(row)
  const space = Math.max(0, layout.columns - lineWidth(line) - layout.cost)
  if (cost !== '') line.push({ text: ' '.repeat(space) + padStart(cost, layout.cost) })
  return line
}

function activityCell(card: Card, index: number, columns: number): string {
  const row = card.rows[index]
  const step = row?.state === 'running' && row.step > 0 && columns >= 24 ? ` · step ${row.step}` : ''
  return truncate(rowActivity(card, index), columns - displayWidth(step)) + step
}
