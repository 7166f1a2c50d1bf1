import type { Tokens } from 'marked'
import { type Addresses, inlineRuns } from './inline.ts'
import type { Run } from './runs.ts'

/** The cells of one row. */
export type TableRow = Run[][]

/** The cells of a table of Markdown. */
export function rowsOf(token: Tokens.Table, addresses: Addresses): { head: TableRow; rows: TableRow[] } {
  const row = (cells: readonly Tokens.TableCell[]): TableRow =>
    cells.map(({ tokens }) => inlineRuns(tokens, addresses))
  return { head: row(token.header), rows: token.rows.map(row) }
}

const widestColumn = 40

/** The rows with their columns one below the other, the first of them as a heading. */
export function alignedLines(rows: readonly TableRow[], align: Tokens.Table['align']): string {
  const text = rows.map((row) => row.map((runs) => plainCell(runs)))
  const widths = (text[0] ?? []).map((_, at) =>
    Math.min(widestColumn, Math.max(...text.map((row) => (row[at] ?? '').length))),
  )
  const lines = text.map((row) =>
    row
      .map((words, at) =>
        align[at] === 'right' ? words.padStart(widths[at] ?? 0) : words.padEnd(widths[at] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  )
  const rule = widths.map((width) => '─'.repeat(Math.max(1, width))).join('  ')
  return [lines[0] ?? '', rule, ...lines.slice(1)].join('\n')
}

/** A cell in one line of plain text. */
export function plainCell(runs: readonly Run[]): string {
  return runs
    .map((run) => (run.type === 'link' && run.text !== run.url ? `${run.text} (${run.url})` : run.text))
    .join('')
    .replace(/\s+/gu, ' ')
    .trim()
}
