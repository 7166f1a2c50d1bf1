import { cutText } from '../words/cut.ts'
import { type Run, runLength } from './runs.ts'
import type { Unit } from './units.ts'

/** A unit as one or, where it is longer than a block may be, several; of a point the rest follows as text. */
export function splitUnit(unit: Unit, most: number): Unit[] {
  if (unit.kind === 'code') {
    const text = unit.text.replace(/^\n+|\s+$/gu, '')
    return codeParts(text, most).map((part): Unit => ({ ...unit, text: part }))
  }
  const [first, ...others] = splitRuns(unit.runs, most)
  if (!first) return []
  const rest = others.map((runs): Unit => ({ kind: unit.kind === 'quote' ? 'quote' : 'text', runs }))
  return [{ ...unit, runs: first }, ...rest]
}

/** Code is cut between its lines; one line that is too long, between its letters. */
function codeParts(text: string, most: number): string[] {
  const parts: string[] = []
  for (const line of text.split('\n')) {
    const pieces = line.length > most ? cutText(line, most) : [line]
    for (const [index, piece] of pieces.entries()) {
      const last = parts.at(-1)
      const fits = last !== undefined && index === 0 && last.length + piece.length < most
      if (fits) parts[parts.length - 1] = `${last}\n${piece}`
      else parts.push(piece)
    }
  }
  return parts.filter((part) => part.trim() !== '')
}

/** Runs in groups that fit a block each. White space at the ends of a group goes; a group without words is none. */
function splitRuns(runs: readonly Run[], most: number): Run[][] {
  const groups: Run[][] = [[]]
  let room = most
  const next = () => {
    groups.push([])
    room = most
  }
  for (const run of runs) {
    const length = runLength(run)
    if (length <= room || (run.type === 'link' && length > most)) {
      groups.at(-1)?.push(run)
      room -= length
      continue
    }
    if (run.type === 'link' || (length <= most && room < most / 2)) {
      next()
      groups.at(-1)?.push(run)
      room -= length
      continue
    }
    const parts = cutFirst(run.text, { room, most })
    for (const [index, text] of parts.entries()) {
      if (index > 0) next()
      groups.at(-1)?.push({ ...run, text })
      room -= text.length
    }
  }
  return groups.map(trimmed).filter((group) => group.some((run) => run.text.trim() !== ''))
}

/** Cut so that the first part fits into what room there is; none too small to be worth it. */
function cutFirst(text: string, { most, room }: { most: number; room: number }): string[] {
  if (room < 40) return ['', ...cutText(text, most)]
  const [first = '', ...others] = cutText(text, room)
  const rest = others.length > 0 ? text.slice(text.indexOf(first) + first.length).trimStart() : ''
  return [first, ...cutText(rest, most)]
}

function trimmed(group: readonly Run[]): Run[] {
  const runs = group.filter((run) => run.text !== '')
  const first = runs.findIndex((run) => run.text.trim() !== '')
  const last = runs.findLastIndex((run) => run.text.trim() !== '')
  return runs.slice(Math.max(0, first), last + 1).map((run, index, kept) => {
    if (run.type !== 'text') return run
    const start = index === 0 ? run.text.trimStart() : run.text
    return { ...run, text: index === kept.length - 1 ? start.trimEnd() : start }
  })
}

export function unitLength(unit: Unit): number {
  if (unit.kind === 'code') return unit.text.length
  return unit.runs.reduce((sum, run) => sum + runLength(run), 0)
}
