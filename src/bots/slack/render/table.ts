import type { types } from '@slack/bolt'
import type { Tokens } from 'marked'
import type { Addresses } from '../../markdown/inline.ts'
import { type Run, runLength, wordsOf } from '../../markdown/runs.ts'
import { alignedLines, rowsOf, type TableRow } from '../../markdown/table-text.ts'
import type { Unit } from '../../markdown/units.ts'
import { richText, section } from './elements.ts'
import { limits } from './limits.ts'

/** A table as Slack draws it, and the same as lines for a message that has a table already. */
export interface TablePart {
  block: types.TableBlock
  lines: Unit[]
  /** How wide the lines are. */
  columns: number
}

/**
 * A table of Markdown as tables of Slack: long ones in several, each under the heading. `undefined` where Slack has no
 * table for it: then it is shown as lines.
 */
export function tableParts(token: Tokens.Table, addresses: Addresses): TablePart[] | undefined {
  const { head, rows } = rowsOf(token, addresses)
  if (head.length > limits.tableColumns || head.length === 0) return undefined
  const room = limits.tableText - lengthOf(head)
  if (room < 0 || rows.some((row) => lengthOf(row) > room)) return undefined
  const groups: TableRow[][] = [[]]
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
export function tableLines(token: Tokens.Table, addresses: Addresses, quoted: boolean): Unit[] {
  const { head, rows } = rowsOf(token, addresses)
  return [{ kind: 'code', text: alignedLines([head, ...rows], token.align), quoted }]
}

function cell(runs: Run[]): types.RichTextBlock | types.RawTextElement {
  const [only, ...others] = runs
  if (!only || wordsOf(runs).trim() === '') return { type: 'raw_text', text: ' ' }
  const isPlain = others.length === 0 && only.type === 'text' && !only.style && !only.text.includes('\n')
  return isPlain ? { type: 'raw_text', text: only.text } : richText([section(runs)])
}

function lengthOf(row: TableRow): number {
  return row.reduce((sum, runs) => sum + runs.reduce((all, run) => all + runLength(run), 1), 0)
}
