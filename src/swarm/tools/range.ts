import { plural } from '../../core/format.ts'
import { type LineIndex, nextLine } from './lines.ts'

/** Both 1-based. */
export interface Position {
  line: number
  column: number
}

/**
 * Where a position lies in the text, columns in UTF-16 units. One that points into a character is moved to its
 * beginning, one behind a line's end to the next line. Otherwise a sentence that says why there is no such position.
 */
export function findPosition(
  text: string,
  lines: LineIndex,
  wanted: Position,
): { offset: number; at: Position } | string {
  const { line, column } = wanted
  const start = lines.startOf(line)
  if (start === undefined || (line > lines.count && column > 1)) {
    return `There is no line ${line}: the text has ${plural(lines.count, 'line')}.`
  }
  const end = lines.startOf(line + 1) ?? start
  const offset = start + column - 1
  if (offset > end)
    return `Line ${line} has ${plural(end - start, 'character')}; there is no column ${column}.`
  if (offset === end && line < lines.count) return { offset, at: { line: line + 1, column: 1 } }
  if (splitsCharacter(text, offset)) return { offset: offset - 1, at: { line, column: column - 1 } }
  return { offset, at: wanted }
}

/**
 * Where a range of at most `maxChars` from `start` ends: at the end of the text, else after its last line end, else in
 * the middle of the line, but never inside a surrogate pair or between `\r` and `\n`. Always gets on: a character of
 * two units is taken whole even when one was allowed.
 */
export function cutRange(text: string, start: number, maxChars: number): number {
  const end = start + maxChars
  if (end >= text.length) return text.length
  const window = text.slice(start, splitsCharacter(text, end) ? end - 1 : end)
  const lineEnd = Math.max(window.lastIndexOf('\n'), window.lastIndexOf('\r')) + 1
  if (lineEnd > 0) return start + lineEnd
  return window.length > 0 ? start + window.length : start + 2
}

/** The position after a range that began at `from`. Reads the range only. */
export function positionAfter(text: string, range: { start: number; end: number; from: Position }): Position {
  let { line, column } = range.from
  for (let at = range.start; at < range.end; ) {
    const next = nextLine(text, at, range.end)
    const last = text.charCodeAt(next - 1)
    const isLineEnd = last === 10 || last === 13
    line += isLineEnd ? 1 : 0
    column = isLineEnd ? 1 : column + next - at
    at = next
  }
  return { line, column }
}

function splitsCharacter(text: string, offset: number): boolean {
  const before = text.charCodeAt(offset - 1)
  const after = text.charCodeAt(offset)
  if (before === 13 && after === 10) return true
  return before >= 0xd800 && before < 0xdc00 && after >= 0xdc00 && after < 0xe000
}
