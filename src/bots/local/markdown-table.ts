import type { Tokens } from 'marked'
import { inlineSpans } from './markdown-inline.ts'
import { type Line, type Look, lineWidth, type Span } from './spans.ts'
import { wrap } from './wrap.ts'

const narrowest = 8

/**
 * A table in rules: columns as wide as their content, shrunk from the widest until they fit and then wrapped. Where
 * even that leaves no room, each row becomes a short list of `Heading: value`.
 */
export function tableLines(table: Tokens.Table, columns: number, look: Look): Line[] {
  const header = table.header.map((cell) => inlineSpans(cell.tokens, look, ['bold']))
  const rows = table.rows.map((row) => row.map((cell) => inlineSpans(cell.tokens, look)))
  const natural = header.map((cell, column) =>
    Math.max(1, ...[cell, ...rows.map((row) => row[column] ?? [])].map(naturalWidth)),
  )
  const widths = widthsWithin(natural, columns - 3 * (natural.length - 1))
  if (!widths) return records(header, rows, columns)

  const drawn = (cells: Line[]) => rowLines(cells, widths, table.align)
  const body = rows.map(drawn)
  const rule = ruleLine(widths)
  const wrapped = body.some((lines) => lines.length > 1)
  const spaced = body.flatMap((lines, index) => (wrapped && index > 0 ? [rule, ...lines] : lines))
  return [...drawn(header), rule, ...spaced]
}

function naturalWidth(cell: Line): number {
  return Math.max(...wrap(cell, Number.POSITIVE_INFINITY).map(lineWidth))
}

/** Widths that fit into `room` together, or nothing when a column would become too narrow to read. */
function widthsWithin(natural: readonly number[], room: number): number[] | undefined {
  const widths = [...natural]
  let excess = widths.reduce((sum, width) => sum + width, 0) - room
  while (excess > 0) {
    const widest = Math.max(...widths)
    if (widest <= narrowest) return undefined
    const at = widths.indexOf(widest)
    const second = Math.max(narrowest, ...widths.filter((_, index) => index !== at))
    const step = Math.max(1, Math.min(excess, widest - second))
    widths[at] = widest - step
    excess -= step
  }
  return widths
}

function rowLines(cells: readonly Line[], widths: readonly number[], align: Tokens.Table['align']): Line[] {
  const wrapped = widths.map((width, column) => wrap(cells[column] ?? [], width))
  const height = Math.max(...wrapped.map((lines) => lines.length))
  return Array.from({ length: height }, (_, row) =>
    widths.flatMap((width, column): Span[] => {
      const cell = aligned(wrapped[column]?.[row] ?? [], width, align[column] ?? 'left')
      return column === 0 ? cell : [{ text: ' │ ', styles: ['dim'] }, ...cell]
    }),
  )
}

function aligned(line: Line, width: number, align: 'left' | 'right' | 'center'): Span[] {
  const space = Math.max(0, width - lineWidth(line))
  const before = align === 'right' ? space : align === 'center' ? Math.floor(space / 2) : 0
  return [{ text: ' '.repeat(before) }, ...line, { text: ' '.repeat(space - before) }]
}

function ruleLine(widths: readonly number[]): Line {
  return [{ text: widths.map((width) => '─'.repeat(width)).join('─┼─'), styles: ['dim'] }]
}

function records(header: readonly Line[], rows: readonly Line[][], columns: number): Line[] {
  const lines: Line[] = []
  for (const row of rows) {
    if (lines.length > 0) lines.push([])
    for (const [column, name] of header.entries()) {
      const value = row[column] ?? []
      if (value.length === 0) continue
      const label: Line = name.length > 0 ? [...name, { text: ': ', styles: ['bold'] }] : []
      lines.push(...wrap([...label, ...value], columns))
    }
  }
  return lines
}
