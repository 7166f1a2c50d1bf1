export type Delimiter = 'comma' | 'semicolon' | 'tab' | 'pipe' | 'none'

/** `none` parses with the unit separator, which no real table contains. */
export const DELIMITERS: Readonly<Record<Delimiter, string>> = {
  comma: ',',
  semicolon: ';',
  tab: '\t',
  pipe: '|',
  none: '\u001f',
}

const CANDIDATES = ['comma', 'semicolon', 'tab', 'pipe'] as const
const SAMPLE_CHARACTERS = 64 * 1024
const SAMPLE_RECORDS = 60

type DelimiterFinding = { delimiter: Delimiter; consistent: number; records: number }

/**
 * The delimiter that stands in the first record and most evenly in the next ones.
 * `consistent` is the share of records with as many cells as the first. Lines end with `\n`.
 */
export function findDelimiter(text: string): DelimiterFinding {
  const records = sampleRecords(text)
  let best: DelimiterFinding & { cells: number } = {
    delimiter: 'none',
    consistent: 0,
    records: records.length,
    cells: 0,
  }
  for (const delimiter of CANDIDATES) {
    const counts = records.map((record) => occurrences(record, DELIMITERS[delimiter]))
    const first = counts[0] ?? 0
    if (first === 0) continue
    const consistent = counts.filter((count) => count === first).length / counts.length
    const clearer = consistent - best.consistent
    if (clearer > 0.1 || (clearer > -0.1 && first > best.cells)) {
      best = { delimiter, consistent, records: records.length, cells: first }
    }
  }
  return { delimiter: best.delimiter, consistent: best.consistent, records: best.records }
}

/** Cuts at line ends outside quotes; blank lines are left out. */
function sampleRecords(text: string): string[] {
  const sample = text.slice(0, SAMPLE_CHARACTERS)
  const records: string[] = []
  let record = ''
  for (const line of sample.split('\n')) {
    record = record === '' ? line : `${record}\n${line}`
    if (occurrences(record, '"') % 2 === 1 && record.length < 8_192) continue
    if (record.trim() !== '') records.push(record)
    record = ''
    if (records.length === SAMPLE_RECORDS) break
  }
  if (text.length > SAMPLE_CHARACTERS && records.length > 1 && records.length < SAMPLE_RECORDS) records.pop()
  return records.length === 0 && record.trim() !== '' ? [record] : records
}

function occurrences(record: string, mark: string): number {
  let count = 0
  let quoted = false
  for (let at = 0; at < record.length; at += 1) {
    const character = record[at]
    if (character === mark && (!quoted || mark === '"')) count += 1
    if (character === '"') quoted = !quoted
  }
  return count
}
