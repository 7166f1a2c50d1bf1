/** Rows of words under each other: every column but the last as wide as its widest word. */
export function columnsOf(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => (row[at] ?? '').length)))
  const line = (row: readonly string[]) =>
    row.map((word, at) => (at === row.length - 1 ? word : word.padEnd(widths[at] ?? 0))).join('  ')
  return rows.map(line).join('\n')
}
