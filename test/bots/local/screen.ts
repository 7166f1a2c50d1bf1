import stringWidth from 'string-width'

interface Row {
  cells: string[]
  /** The row goes on in the next one: it was too long for the screen. */
  wrapped: boolean
}

export interface Screen {
  write(text: string): void
  resize(size: { columns: number; rows: number }): void
  /** Everything a person can read by scrolling up, without trailing spaces and empty lines. */
  lines(): string[]
  /** The rows that are on the screen now. */
  shown(): string[]
  readonly size: { columns: number; rows: number }
  readonly cursorVisible: boolean
  /** Bells, titles, unknown sequences: whatever a well-behaved program would not send. */
  readonly disturbances: readonly string[]
  /** The addresses of OSC 8 links. */
  readonly links: readonly string[]
  readonly writes: number
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })
const esc = String.fromCharCode(27)
const bell = String.fromCharCode(7)
const token = new RegExp(
  String.raw`${esc}\](?<osc>\d+);(?<value>\P{Cc}*)(?:${bell}|${esc}\\)` +
    String.raw`|${esc}\[(?<mode>\??)(?<parameter>[\d;]*)(?<final>[A-Za-z])|(?<control>\p{Cc})|(?<text>\P{Cc}+)`,
  'gu',
)

/** A small terminal: enough of one to see what a person would see, and strict about everything else. */
export function createScreen(start: { columns: number; rows: number }): Screen {
  let size = start
  let rows: Row[] = [emptyRow()]
  let top = 0
  let at = { row: 0, column: 0 }
  let autoWrap = true
  let cursorVisible = true
  let writes = 0
  const disturbances: string[] = []
  const links: string[] = []

  const rowAt = (index: number): Row => {
    while (rows.length <= index) rows.push(emptyRow())
    const row = rows[index]
    if (!row) throw new Error('no such row')
    return row
  }
  const lineFeed = () => {
    at = { row: at.row + 1, column: at.column }
    rowAt(at.row)
    if (at.row - top >= size.rows) top = at.row - size.rows + 1
  }
  const print = (text: string) => {
    for (const [unseen] of text.matchAll(/[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu)) {
      disturbances.push(`unseen ${unseen.codePointAt(0)?.toString(16)}`)
    }
    for (const { segment } of graphemes.segment(text)) {
      const width = stringWidth(segment)
      if (width === 0) continue
      if (at.column + width > size.columns) {
        if (!autoWrap) continue
        rowAt(at.row).wrapped = true
        lineFeed()
        at.column = 0
      }
      const { cells } = rowAt(at.row)
      while (cells.length < at.column) cells.push(' ')
      cells.splice(at.column, width, segment, ...Array.from({ length: width - 1 }, () => ''))
      at.column += width
    }
  }
  const setMode = (modes: string, on: boolean) => {
    if (modes === '25') cursorVisible = on
    else if (modes === '7') autoWrap = on
    else if (modes !== '2026') disturbances.push(`mode ${modes}`)
  }
  const erase = (what: string, parameter: string) => {
    const row = rowAt(at.row)
    if (what === 'K' && parameter === '2') rows[at.row] = emptyRow()
    else if (parameter !== '') disturbances.push(`erase ${parameter}${what}`)
    else {
      row.cells.length = Math.min(row.cells.length, at.column)
      if (what === 'J') for (const below of rows.splice(at.row + 1)) below.cells = []
    }
  }
  const sequence = (mode: string, parameter: string, final: string) => {
    const amount = Math.max(1, Number(parameter || 1))
    if (mode && (final === 'h' || final === 'l')) setMode(parameter, final === 'h')
    else if (final === 'A') at.row = Math.max(top, at.row - amount)
    else if (final === 'K' || final === 'J') erase(final, parameter)
    else if (final !== 'm') disturbances.push(`control ${mode}${parameter}${final}`)
  }
  const control = (character: string) => {
    if (character === '\n') lineFeed()
    if (character === '\n' || character === '\r') at.column = 0
    else disturbances.push(`control character ${character.charCodeAt(0)}`)
  }
  const systemCommand = (number: string, value: string) => {
    if (number !== '8') disturbances.push(`osc ${number}`)
    else if (value !== ';') links.push(value.slice(1))
  }

  return {
    write(all) {
      writes += 1
      for (const { groups = {} } of all.matchAll(token)) {
        if (groups.text !== undefined) print(groups.text)
        else if (groups.control !== undefined) control(groups.control)
        else if (groups.osc !== undefined) systemCommand(groups.osc, groups.value ?? '')
        else sequence(groups.mode ?? '', groups.parameter ?? '', groups.final ?? '')
      }
    },
    resize(next) {
      const logical = joined(rows)
      const ends = logical.map((_, index) => sum(logical.slice(0, index + 1).map((line) => line.height)))
      const cursorLine = ends.findIndex((end) => at.row < end)
      size = next
      const wrapped = logical.map((line) => rewrapped(line.cells, next.columns))
      at = { row: wrapped.slice(0, Math.max(0, cursorLine)).flat().length, column: 0 }
      rows = wrapped.flat()
      top = Math.max(0, rows.length - next.rows)
    },
    lines: () =>
      rows
        .map((row) => row.cells.join('').trimEnd())
        .join('\n')
        .trimEnd()
        .split('\n'),
    shown: () => rows.slice(top, top + size.rows).map((row) => row.cells.join('').trimEnd()),
    get size() {
      return size
    },
    get cursorVisible() {
      return cursorVisible
    },
    disturbances,
    links,
    get writes() {
      return writes
    },
  }
}

function emptyRow(): Row {
  return { cells: [], wrapped: false }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

function joined(rows: readonly Row[]): { cells: string[]; height: number }[] {
  const lines: { cells: string[]; height: number }[] = []
  let goesOn = false
  for (const row of rows) {
    const last = lines.at(-1)
    if (goesOn && last) {
      last.cells.push(...row.cells)
      last.height += 1
    } else lines.push({ cells: [...row.cells], height: 1 })
    goesOn = row.wrapped
  }
  return lines
}

function rewrapped(cells: readonly string[], columns: number): Row[] {
  const count = Math.max(1, Math.ceil(cells.length / columns))
  return Array.from({ length: count }, (_, index) => ({
    cells: cells.slice(index * columns, (index + 1) * columns),
    wrapped: index < count - 1,
  }))
}
