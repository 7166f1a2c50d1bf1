import type { Position } from './range.ts'

const endNotice = '[end of file]'
const cutNotice =
  /^\[cut at line \d+ column \d+ of \d+ lines; go on with \{"path": ".*", "line": (\d+), "column": (\d+)\}\]$/

/** More than a notice can take: the path is at most 240 bytes, of which JSON can double some. */
export const noticeChars = 1_000

/** The result of a read: the text as it is, one line end, and the notice as the last line. */
export function writeReadResult(input: {
  path: string
  text: string
  lines: number
  next?: Position
}): string {
  const { path, text, next } = input
  if (next === undefined) return `${text}\n${endNotice}`
  const { line, column } = next
  const goOn = `{"path": ${JSON.stringify(path)}, "line": ${line}, "column": ${column}}`
  return `${text}\n[cut at line ${line} column ${column} of ${input.lines} lines; go on with ${goOn}]`
}

/**
 * The text that a read gave and where the next one begins, if there is more. Only the last line is taken for the
 * notice, whatever the file says. A result without one (an error, a sentence about a binary file) comes back whole.
 */
export function parseReadResult(result: string): { text: string; next?: Position } {
  const at = result.lastIndexOf('\n')
  const last = result.slice(at + 1)
  const text = result.slice(0, Math.max(at, 0))
  if (last === endNotice) return { text }
  const cut = cutNotice.exec(last)
  if (cut === null) return { text: result }
  return { text, next: { line: Number(cut[1]), column: Number(cut[2]) } }
}
