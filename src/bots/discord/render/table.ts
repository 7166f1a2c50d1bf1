import type { Tokens } from 'marked'
import type { Addresses } from '../../markdown/inline.ts'
import { type Run, textRun } from '../../markdown/runs.ts'
import { alignedLines, plainCell, rowsOf, type TableRow } from '../../markdown/table-text.ts'
import type { Unit } from '../../markdown/units.ts'
import { limits } from './limits.ts'

/** What a phone shows of a line of code without breaking it is less, but a table of figures is still read best so. */
const widest = 60

/**
 * Discord draws no tables: a narrow one is lines of code with its columns one below the other, a long one several with
 * the heading on each; a wide one, or one with links, is a list of its rows with a line for each column.
 */
export function tableUnits(token: Tokens.Table, addresses: Addresses, quoted: boolean): Unit[] {
  const { head, rows } = rowsOf(token, addresses)
  const all = [head, ...rows]
  const hasLinks = all.some((row) => row.some((cell) => cell.some((run) => run.type === 'link')))
  const columns = Math.max(
    ...alignedLines(all, token.align)
      .split('\n')
      .map((line) => line.length),
  )
  if (!hasLinks && columns <= widest) return codeUnits({ head, rows, quoted }, token.align)
  if (rows.length === 0) return listed([head], { head: [], quoted })
  return listed(rows, { head, quoted })
}

function codeUnits(
  table: { head: TableRow; rows: TableRow[]; quoted: boolean },
  align: Tokens.Table['align'],
): Unit[] {
  const { head, quoted, rows } = table
  const perPart = Math.max(1, Math.floor(limits.piece / (widest + 3)) - 2)
  const count = Math.max(1, Math.ceil(rows.length / perPart))
  return Array.from({ length: count }, (_, part): Unit => {
    const some = rows.slice(part * perPart, (part + 1) * perPart)
    return { kind: 'code', text: alignedLines([head, ...some], align), quoted }
  })
}

function listed(rows: readonly TableRow[], { head, quoted }: { head: TableRow; quoted: boolean }): Unit[] {
  return rows.flatMap((row) =>
    row.flatMap((cell, at): Unit[] => {
      const name = plainCell(head[at] ?? [])
      if (at > 0 && plainCell(cell) === '') return []
      const value: Run[] =
        at > 0 ? cell : cell.map((run) => ({ ...run, style: { ...run.style, bold: true } }))
      const runs = [...textRun(name === '' ? '' : `${name}: `), ...(value.length > 0 ? value : textRun('–'))]
      return [{ kind: 'item', runs, indent: at === 0 ? 0 : 1, number: undefined, quoted }]
    }),
  )
}
