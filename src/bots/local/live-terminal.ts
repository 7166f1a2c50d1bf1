import type { Answer, Card, ChatPort, MessageRef } from '../../core/chat.ts'
import { isEnded } from '../../core/job-states.ts'
import type { ThreadId } from '../../core/thread-id.ts'
import { answerLines } from './answer-lines.ts'
import { askLines } from './ask-lines.ts'
import { cardLines } from './card-lines.ts'
import { createLiveRegion, sizeOf, type TerminalOut } from './live-region.ts'
import { createLocalPort, type Shown } from './local-port.ts'
import { noticeLines } from './notice-lines.ts'
import { typedLine } from './typed-line.ts'

/** Calls `tick` about every `ms` until the returned function is called. */
export type Every = (ms: number, tick: () => void) => () => void

export interface LiveTerminal extends ChatPort {
  /** Shows below what is live what a person has typed so far, from the first call on. */
  typed(soFar: string): void
  /** Leaves the card as plain text, stops the ticker and gives the cursor back. Call it however the process ends. */
  close(): void
}

const frameMs = 250

/**
 * One thread in a terminal that can move its cursor. A card lives at the bottom and changes in place until the
 * answer of its job comes; then it stays above the answer as plain text, as the answer's outcome and receipt have it,
 * and later edits of it are dropped. A changed answer, question or notice is written again below: it cannot be reached any more.
 */
export function createLiveTerminal(input: {
  thread: ThreadId
  out: TerminalOut
  now: () => number
  every?: Every | undefined
}): LiveTerminal {
  const { out, now } = input
  const every = input.every ?? interval
  const draw = createLiveRegion(out)
  const live = new Map<MessageRef, Card>()
  let stop: (() => void) | undefined
  let written = false
  let soFar: string | undefined

  const redraw = (above: readonly string[] = []) => {
    const { columns, rows } = sizeOf(out)
    const cards = [...live.values()]
    const moving = cards.some((card) => !isEnded(card.state))
    const canType = moving && soFar !== undefined && rows > 3
    const typed = canType ? [typedLine(soFar ?? '', { columns, color: out.color })] : []
    const height = Math.max(1, Math.floor((rows - 1 - typed.length) / Math.max(1, live.size)))
    const frame = Math.floor(now() / frameMs)
    const lines = cards.flatMap((card) => cardLines(card, { columns, height, color: out.color, frame }))
    draw({ above, live: [...lines, ...typed], moving })
    written = true
    if (moving) stop ??= every(frameMs, () => redraw())
    else {
      stop?.()
      stop = undefined
    }
  }

  /** The lines of cards that are live no more. */
  const release = (which: (card: Card) => boolean, settle: (card: Card) => Card = (card) => card) => {
    const { columns } = sizeOf(out)
    const released = [...live].filter(([, card]) => which(card))
    for (const [ref] of released) live.delete(ref)
    return released.flatMap(([, card]) => cardLines(settle(card), { columns, color: out.color }))
  }

  const showCard = ({ ref, previous }: Shown, card: Card) => {
    const late = previous?.kind === 'card' && !live.has(ref)
    if (late) return
    const gap = written && live.size === 0 ? [''] : []
    live.set(ref, card)
    redraw(gap)
  }

  const showAnswer = (answer: Answer) => {
    const card = release(
      ({ jobId }) => jobId === answer.jobId,
      (shown) => settled(shown, answer),
    )
    const gap = card.length > 0 || written ? [''] : []
    const text = answerLines(answer, { columns: sizeOf(out).columns, color: out.color, links: out.links })
    redraw([...card, ...gap, ...text])
  }

  const port = createLocalPort({
    thread: input.thread,
    show: (shown) => {
      const { message } = shown
      if (message.kind === 'card') showCard(shown, message.card)
      else if (message.kind === 'answer') showAnswer(message.answer)
      else if (message.kind === 'notice') redraw(noticeLines(message.notice, sizeOf(out).columns))
      else redraw(askLines(message, sizeOf(out).columns))
    },
  })
  return {
    ...port,
    typed: (text) => {
      soFar = text
      if (live.size > 0) redraw()
    },
    close: () => {
      const left = release(() => true)
      if (left.length > 0) redraw(left)
    },
  }
}

/** The card as the answer leaves it, should its own last edit come too late to be drawn. */
function settled(card: Card, answer: Answer): Card {
  if (isEnded(card.state)) return card
  const end = answer.outcome === 'done' ? 'done' : 'cancelled'
  const rows = card.rows.map((row) =>
    ['done', 'failed', 'cancelled'].includes(row.state)
      ? row
      : ({ ...row, state: end, activity: '' } as const),
  )
  const done = answer.outcome === 'done' ? card.total : card.done
  return {
    ...card,
    state: answer.outcome,
    reason: undefined,
    done,
    rows,
    costMicroUsd: answer.receipt.costMicroUsd,
  }
}

const interval: Every = (ms, tick) => {
  const timer = setInterval(tick, ms)
  timer.unref()
  return () => clearInterval(timer)
}
