import stringWidth from 'string-width'

/** Widths are in terminal columns: a letter is one, a wide character two. */

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })

export function displayWidth(text: string): number {
  return stringWidth(text)
}

/** The text itself, or its beginning and an ellipsis, never wider than `columns`. */
export function truncate(text: string, columns: number): string {
  if (columns <= 0) return ''
  const [head = '', ...rest] = firstTwo(slices(text, columns, columns + 1))
  if (rest.length === 0) return head
  const [short = ''] = firstTwo(slices(text, columns - 1, columns))
  return `${short.trimEnd()}…`
}

function firstTwo(parts: Iterable<string>): string[] {
  const found: string[] = []
  for (const part of parts) {
    if (found.push(part) === 2) break
  }
  return found
}

/**
 * The text in parts of whole graphemes: the first at most `first` columns wide (it may be empty), the others at most
 * `columns`, or one grapheme where that is wider. Lazy, and linear in the length of the text.
 */
export function* slices(text: string, first: number, columns: number): Generator<string> {
  let room = first
  let start = 0
  let used = 0
  for (const { segment, index } of graphemes.segment(text)) {
    const width = displayWidth(segment)
    if (used + width > room && (index > start || room < columns)) {
      yield text.slice(start, index)
      start = index
      used = 0
      room = columns
    }
    used += width
  }
  yield text.slice(start)
}

export function padEnd(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - displayWidth(text)))
}

export function padStart(text: string, columns: number): string {
  return ' '.repeat(Math.max(0, columns - displayWidth(text))) + text
}
