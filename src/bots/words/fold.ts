import type { CardRow } from '../../core/chat.ts'

/**
 * Which rows are shown where there is room for `room` lines, in their order: all of them, or those that are moving with
 * their neighbours, and one line less for the words that count the rest.
 */
export function shownRows(rows: readonly CardRow[], room: number): number[] {
  const all = rows.map((_, index) => index)
  if (rows.length <= room) return all
  const moving = all.filter((index) => isMoving(rows[index]))
  const around = moving.length > 0 ? moving : [firstUnfinished(rows)]
  const distance = (index: number) => Math.min(...around.map((at) => Math.abs(at - index)))
  const byInterest = all.toSorted((a, b) => distance(a) - distance(b) || a - b)
  return byInterest.slice(0, Math.max(0, room - 1)).toSorted((a, b) => a - b)
}

function isMoving(row: CardRow | undefined): boolean {
  return row?.state === 'running' || row?.state === 'suspended' || row?.state === 'failed'
}

function firstUnfinished(rows: readonly CardRow[]): number {
  const found = rows.findIndex((row) => row.state === 'waiting' || row.state === 'ready')
  return found === -1 ? rows.length - 1 : found
}
