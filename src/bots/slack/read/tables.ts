import { type FileSource, ownSources } from '../../../core/brief.ts'
import { type Loose, listOf, recordOf, textOf } from './loose.ts'
import { plainOf } from './mrkdwn.ts'
import { richTextCell } from './rich-text.ts'
import type { Voice } from './voice.ts'

export interface Table {
  rows: readonly (readonly string[])[]
}

/** From that many lines on, tab-separated words are a table that somebody pasted. */
const leastLines = 3

/** A table block as rows of words. */
export function tableOf(block: Loose, voice: Voice): Table {
  return { rows: listOf(block.rows).map((row) => listOf(row).map((cell) => cellOf(recordOf(cell), voice))) }
}

function cellOf(cell: Loose, voice: Voice): string {
  if (cell.type === 'rich_text') return richTextCell(cell.elements, voice)
  if (cell.type === 'raw_number') return textOf(cell.value ?? cell.number ?? cell.text)
  const text = textOf(cell.text)
  return cell.type === 'mrkdwn' ? plainOf(text, voice) : text
}

/** The tables that were pasted from a spreadsheet: runs of lines with as many tabs each. */
export function pastedTables(text: string): Table[] {
  const tables: Table[] = []
  let run: string[][] = []
  const close = () => {
    if (run.length >= leastLines) tables.push({ rows: run })
    run = []
  }
  for (const line of text.split('\n')) {
    const cells = line.split('\t').map((cell) => cell.trim())
    if (cells.length < 2) close()
    else if (run[0] && run[0].length !== cells.length) {
      close()
      run = [cells]
    } else run.push(cells)
  }
  close()
  return tables
}

/** Tables as CSV files whose source is the text itself. */
export function tableFiles(tables: readonly Table[]): FileSource[] {
  return tables.map(({ rows }, at) => ({
    name: `table-${at + 1}.csv`,
    source: `${ownSources.inline}${rows.map(csvLine).join('\n')}\n`,
  }))
}

function csvLine(row: readonly string[]): string {
  return row.map((cell) => (/[",\n\r]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(',')
}
