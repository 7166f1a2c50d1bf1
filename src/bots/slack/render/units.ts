import type { types } from '@slack/bolt'
import { cutText } from '../../words/cut.ts'
import { type Run, richText, section, textRun } from './elements.ts'
import { limits } from './limits.ts'

/** The smallest things of a message that stay together where they can: a paragraph, a point of a list, lines of code. */
export type Unit =
  | { kind: 'text'; runs: Run[] }
  | { kind: 'item'; runs: Run[]; indent: number; number: number | undefined; quoted: boolean }
  | { kind: 'quote'; runs: Run[] }
  | { kind: 'code'; text: string; quoted: boolean }

const deepest = 8

/** Rich text blocks of the units in their order, none longer than a block may be; nothing of them is lost. */
export function richBlocks(units: readonly Unit[]): types.RichTextBlock[] {
  const blocks: Unit[][] = []
  let room = 0
  for (const unit of units.flatMap(split)) {
    const length = lengthOf(unit)
    if (length > room || blocks.length === 0) {
      blocks.push([])
      room = limits.blockText
    }
    blocks.at(-1)?.push(unit)
    room -= length + 2
  }
  return blocks.map((block) => richText(elementsOf(block))).filter(({ elements }) => elements.length > 0)
}

function elementsOf(units: readonly Unit[]): types.RichTextBlock['elements'] {
  const elements: types.RichTextBlock['elements'] = []
  for (const [index, unit] of units.entries()) {
    const last = elements.at(-1)
    switch (unit.kind) {
      case 'text':
        if (units[index - 1]?.kind === 'text' && last?.type === 'rich_text_section')
          last.elements.push(...textRun('\n\n'), ...unit.runs)
        else elements.push(section(unit.runs))
        break
      case 'quote':
        if (last?.type === 'rich_text_quote') last.elements.push(...textRun('\n\n'), ...unit.runs)
        else elements.push({ type: 'rich_text_quote', elements: unit.runs })
        break
      case 'code':
        elements.push({
          type: 'rich_text_preformatted',
          elements: [{ type: 'text', text: unit.text }],
          ...(unit.quoted ? { border: 1 } : {}),
        })
        break
      case 'item':
        addItem(elements, unit, units[index - 1])
        break
    }
  }
  return elements
}

type Item = Extract<Unit, { kind: 'item' }>

/** A point joins the list before it when it goes on with it; a numbered list that goes on later says with which number. */
function addItem(elements: types.RichTextBlock['elements'], item: Item, before: Unit | undefined): void {
  const last = elements.at(-1)
  const goesOn =
    before?.kind === 'item' &&
    before.indent === item.indent &&
    before.quoted === item.quoted &&
    (item.number === undefined ? before.number === undefined : before.number === item.number - 1)
  if (goesOn && last?.type === 'rich_text_list') {
    last.elements.push(section(item.runs))
    return
  }
  const offset = item.number !== undefined && item.number > 1 ? { offset: item.number - 1 } : {}
  const list: types.RichTextList & { offset?: number } = {
    type: 'rich_text_list',
    style: item.number === undefined ? 'bullet' : 'ordered',
    indent: Math.min(deepest, item.indent),
    elements: [section(item.runs)],
    ...offset,
    ...(item.quoted ? { border: 1 } : {}),
  }
  elements.push(list)
}

/** A unit as one or, where it is longer than a block may be, several; of a point the rest follows as text. */
function split(unit: Unit): Unit[] {
  if (unit.kind === 'code') {
    const text = unit.text.replace(/^\n+|\s+$/gu, '')
    return codeParts(text).map((part): Unit => ({ ...unit, text: part }))
  }
  const [first, ...others] = splitRuns(unit.runs)
  if (!first) return []
  const rest = others.map((runs): Unit => ({ kind: unit.kind === 'quote' ? 'quote' : 'text', runs }))
  return [{ ...unit, runs: first }, ...rest]
}

/** Code is cut between its lines; one line that is too long, between its letters. */
function codeParts(text: string): string[] {
  const parts: string[] = []
  for (const line of text.split('\n')) {
    const pieces = line.length > limits.blockText ? cutText(line, limits.blockText) : [line]
    for (const [index, piece] of pieces.entries()) {
      const last = parts.at(-1)
      const fits = last !== undefined && index === 0 && last.length + piece.length < limits.blockText
      if (fits) parts[parts.length - 1] = `${last}\n${piece}`
      else parts.push(piece)
    }
  }
  return parts.filter((part) => part.trim() !== '')
}

/** Runs in groups that fit a block each. White space at the ends of a group goes; a group without words is none. */
function splitRuns(runs: readonly Run[]): Run[][] {
  const groups: Run[][] = [[]]
  let room: number = limits.blockText
  const next = () => {
    groups.push([])
    room = limits.blockText
  }
  for (const run of runs) {
    const length = runLength(run)
    if (length <= room || (run.type === 'link' && length > limits.blockText)) {
      groups.at(-1)?.push(run)
      room -= length
      continue
    }
    if (run.type === 'link' || (length <= limits.blockText && room < limits.blockText / 2)) {
      next()
      groups.at(-1)?.push(run)
      room -= length
      continue
    }
    const parts = cutFirst(run.text, room)
    for (const [index, text] of parts.entries()) {
      if (index > 0) next()
      groups.at(-1)?.push({ ...run, text })
      room -= text.length
    }
  }
  return groups.map(trimmed).filter((group) => group.some((run) => (run.text ?? '').trim() !== ''))
}

/** Cut so that the first part fits into what room there is; none too small to be worth it. */
function cutFirst(text: string, room: number): string[] {
  if (room < 40) return ['', ...cutText(text, limits.blockText)]
  const [first = '', ...others] = cutText(text, room)
  const rest = others.length > 0 ? text.slice(text.indexOf(first) + first.length).trimStart() : ''
  return [first, ...cutText(rest, limits.blockText)]
}

function trimmed(group: readonly Run[]): Run[] {
  const runs = group.filter((run) => run.text !== '')
  const first = runs.findIndex((run) => (run.text ?? '').trim() !== '')
  const last = runs.findLastIndex((run) => (run.text ?? '').trim() !== '')
  return runs.slice(Math.max(0, first), last + 1).map((run, index, kept) => {
    if (run.type !== 'text') return run
    const start = index === 0 ? run.text.trimStart() : run.text
    return { ...run, text: index === kept.length - 1 ? start.trimEnd() : start }
  })
}

export function runLength(run: Run): number {
  return (run.text ?? '').length + (run.type === 'link' ? run.url.length : 0)
}

function lengthOf(unit: Unit): number {
  if (unit.kind === 'code') return unit.text.length
  return unit.runs.reduce((sum, run) => sum + runLength(run), 0)
}
