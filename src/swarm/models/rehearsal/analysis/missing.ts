const MISSING = new Set(['', 'na', 'n/a', '#n/a', 'n.a.', 'null', 'nan', '-', '–', '—'])

/** Whether a trimmed cell stands for "nothing here". */
export function isMissing(cell: string): boolean {
  return cell.length < 5 && MISSING.has(cell.toLowerCase())
}
