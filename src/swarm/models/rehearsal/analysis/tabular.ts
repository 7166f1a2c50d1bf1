import { DELIMITERS, findDelimiter } from './delimiter.ts'

/** Whether plain text is really a table: a delimiter that stands equally often in nearly every line. */
export function looksTabular(text: string): boolean {
  const { delimiter, consistent, records } = findDelimiter(text)
  if (delimiter === 'none' || records < 3 || consistent < 0.9) return false
  if (delimiter === 'tab') return true
  const first = text.slice(0, text.indexOf('\n'))
  const cells = first.split(DELIMITERS[delimiter])
  // Prose has commas too, but its pieces are long or end like sentences.
  return cells.length >= 3 && cells.every((cell) => cell.trim().length <= 40 && !/[.!?:]\s*$/.test(cell))
}
