import type { types } from '@slack/bolt'
import type { Tokens } from 'marked'
import { type Run, richText, section } from './elements.ts'
import { inlineRuns, type Resolve, wordsOf } from './inline.ts'
import { limits } from './limits.ts'
import { runLength, type Unit } from './units.ts'

/** A table as Slack draws it, and the same as lines for a message that has a table already. */
export interface TablePart {
  block: types.TableBlock
  lines: Unit[]
  /** How wide the lines are. */
  columns: number
}

type Row = Run[][]

/**
 * A table of Markdown as tables of Slack: long ones in several, each under the heading. `undefined` where Slack has no
 * table for it: then it is shown as lines.
 */
export function tableParts(token: Tokens.Table, resolve: Resolve): TablePart[] | undefined {
  const { head, rows } = rowsOf(token, resolve)
  if (head.length > limits.tableColumns || head.length === 0) return undefined
  const room = limits.tableText - lengthOf(head)
  if (room < 0 || rows.some((row) => lengthOf(row) > room)) return undefined
  const groups: Row[][] = [[]]
  let left = room
  for (const row of rows) {
    const group = groups.at(-1)
    const isFull = left < lengthOf(row) || (group?.length ?? 0) + 1 >= limits.tableRows
    if (isFull) {
      groups.push([])
      left = room
    }
    groups.at(-1)?.push(row)
    left -= lengthOf(row)
  }
  return groups.map((group) => {
    const all = [head, ...group]
    const text = alignedLines(all, token.align)
    return {
      block: {
        type: 'table',
        rows: all.map((row) => row.map(cell)),
        column_settings: token.align.map((align) => ({ align: align ?? 'left', is_wrapped: true })),
      },
      lines: [{ kind: 'code', text, quoted: false }],
      columns: Math.max(...text.split('\n').map((line) => line.length)),
    }
  })
}

/** A table as lines with its columns one below the other, for where there is no other way. */
export function tableLines(token: Tokens.Table, resolve: Resolve, quoted: boolean): Unit[] {
  const { head, rows } = rowsOf(token, resolve)
  return [{ kind: 'code', text: alignedLines([head, ...rows], token.align), quoted }]
}

function rowsOf(token: Tokens.Table, resolve: Resolve): { head: Row; rows: Row[] } {
  const row = (cells: readonly Tokens.TableCell[]): Row =>
    cells.map(({ tokens }) => inlineRuns(tokens, resolve))
  return { head: row(token.header), rows: token.rows.map(row) }
}

function cell(runs: Run[]): types.RichTextBlock | types.RawTextElement {
  const [only, ...others] = runs
  if (!only || wordsOf(runs).trim() === '') return { type: 'raw_text', text: ' ' }
  const isPlain = others.length === 0 && only.type === 'text' && !only.style && !only.text.includes('\n')
  return isPlain ? { type: 'raw_text', text: only.text } : richText([section(runs)])
}

function lengthOf(row: Row): number {
  return row.reduce((sum, runs) => sum + runs.reduce((all, run) => all + runLength(run), 1), 0)
}

const widestColumn = 40

function alignedLines(rows: readonly Row[], align: Tokens.Table['align']): string {
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

function plainCell(runs: readonly Run[]): string {
  return runs
    .map((run) =>
      run.type === 'link' && run.text !== run.url ? `${run.text ?? ''} (${run.url})` : (run.text ?? ''),
    )
    .join('')
    .replace(/\s+/gu, ' ')
    .trim()
}
