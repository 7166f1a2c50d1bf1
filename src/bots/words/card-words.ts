import type { Card, CardRow } from '../../core/chat.ts'
import { formatDuration, formatUsd, plural } from '../../core/format.ts'
import { type TaskState, tryingAgain } from '../../core/words.ts'

/**
 * What the card says, in words and without layout: the same for every way of showing it. Plain strings: a platform
 * gives a card whose own texts are harmless there (`harmless-card.ts`).
 */

export function cardTitle(card: Card): string {
  return card.title.trim() || 'Untitled brief'
}

/** The parts after the title: the state unless it is simply running, the progress, the money beside its cap. */
export function cardParts(card: Card): string[] {
  const state = stateWords(card)
  const progress = card.total > 0 ? [`${card.done} of ${card.total}`] : []
  const money = `${formatUsd(card.costMicroUsd)} of ${formatUsd(card.capMicroUsd)}`
  return [...(state ? [state] : []), ...progress, money, ...estimateWords(card), ...saidWords(card)]
}

/** What it is likely to come to, until it ends or has come to more. */
function estimateWords({ costMicroUsd, endedAtMs, estimate }: Card): string[] {
  if (!estimate || endedAtMs !== undefined || costMicroUsd > estimate.mostMicroUsd) return []
  const least = formatUsd(Math.max(costMicroUsd, estimate.leastMicroUsd))
  const most = formatUsd(estimate.mostMicroUsd)
  return [least === most ? `about ${most} in all` : `about ${least} to ${most} in all`]
}

/** That a reply was taken, and who has read it; nothing once the job has ended. */
function saidWords({ endedAtMs, said }: Card): string[] {
  if (!said || endedAtMs !== undefined) return []
  const one = said.to
  return said.heardBy > 0
    ? [`your reply was read by ${one ?? plural(said.heardBy, 'agent')}`]
    : [one === undefined ? 'your reply is on its way' : `your reply is on its way to ${one}`]
}

/** What a job does, unless it is simply running. */
export function stateWords(card: Pick<Card, 'state' | 'reason' | 'capMicroUsd'>): string | undefined {
  switch (card.state) {
    case 'held':
      return 'waiting for money'
    case 'received':
      return 'starting'
    case 'gathering':
      return 'reading the files'
    case 'planning':
      return 'planning'
    case 'running':
      return undefined
    case 'suspended':
      return suspendedWords(card)
    case 'synthesizing':
      return 'writing the answer'
    case 'done':
      return 'done'
    case 'failed':
      return 'failed'
    case 'cancelled':
      return 'stopped'
  }
}

function suspendedWords(card: Pick<Card, 'reason' | 'capMicroUsd'>): string {
  switch (card.reason) {
    case 'question':
      return 'waiting for your answer'
    case 'approval':
      return 'waiting for your approval'
    case 'cap':
      return `paused at the cap of ${formatUsd(card.capMicroUsd)}`
    case undefined:
      return 'paused'
  }
}

const signs: Record<TaskState, string> = {
  waiting: '○',
  ready: '○',
  running: '◐',
  suspended: '◇',
  done: '✓',
  failed: '✗',
  cancelled: '–',
}

export function rowSign(state: TaskState): string {
  return signs[state]
}

export function rowTitle(row: CardRow): string {
  return row.title.trim() || 'Unnamed'
}

/** What the row's agent does, found or waits for; may be empty for a row that ended without a word. */
export function rowActivity(card: Card, index: number): string {
  const row = card.rows[index]
  if (!row) return ''
  const activity = row.activity.trim()
  switch (row.state) {
    case 'waiting':
      return waitWords(card.rows, index)
    case 'ready':
      return activity || 'about to start'
    case 'running':
      return activity || 'working'
    case 'suspended':
      return activity || suspendedWords(card)
    case 'done':
      return activity
    case 'failed':
      return activity || 'failed'
    case 'cancelled':
      return activity.endsWith(tryingAgain) ? 'stopped' : activity || 'stopped'
  }
}

const smallNumbers = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten']

function waitWords(rows: readonly CardRow[], index: number): string {
  const wanted = new Set(rows[index]?.waitsFor)
  const found = rows.flatMap((row, at) => (wanted.has(row.key) ? [at] : []))
  const titles = found.flatMap((at) => rows.slice(at, at + 1).map(rowTitle))
  const [first, second] = titles
  if (first === undefined) return 'waits for its turn'
  if (second === undefined) return `waits for ${first}`
  const justAbove = found.every((at, order) => at === index - found.length + order)
  if (justAbove) return `waits for the ${smallNumbers[found.length] ?? found.length} above`
  if (titles.length === 2) return `waits for ${first} and ${second}`
  return `waits for ${first}, ${second} and ${titles.length - 2} more`
}

/** How long nothing was heard of it, from a minute on: `for 4 min`. For places that are not drawn anew by themselves. */
export function rowQuiet({ quietMinutes = 0 }: CardRow): string {
  return quietMinutes > 0 ? `for ${formatDuration(quietMinutes * 60_000)}` : ''
}

/** A cost is shown once there is one, and for what is done even if it cost nothing. */
export function rowCost(row: CardRow): string {
  return row.costMicroUsd > 0 || row.state === 'done' ? formatUsd(row.costMicroUsd) : ''
}

/** What stands behind a fold: `30 done, 11 waiting`. */
export function rowCounts(rows: readonly CardRow[]): string {
  const count = (states: readonly CardRow['state'][], word: string) => {
    const number = rows.filter((row) => states.includes(row.state)).length
    return number > 0 ? [`${number} ${word}`] : []
  }
  return [
    ...count(['running'], 'running'),
    ...count(['suspended'], 'paused'),
    ...count(['failed'], 'failed'),
    ...count(['done'], 'done'),
    ...count(['waiting', 'ready'], 'waiting'),
    ...count(['cancelled'], 'stopped'),
  ].join(', ')
}
