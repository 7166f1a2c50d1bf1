import stringWidth from 'string-width'

/** Widths are in terminal columns: a letter is one, a wide character two. */

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })

export function displayWidth(text: string): number {
  return stringWidth(text)
}

/** The text itself, or its beginning and an ellipsis, never wider than `columns`. */
export function truncate(text: string, columns: number): string {
  if (columns <= 0) return ''
  // No visible character is shorter than a code unit is wide, so a text this short needs no measuring twice.
  if (text.length <= columns * 8 && displayWidth(text) <= columns) return text
  const { head } = splitAt(text, columns - 1)
  return `${head.trimEnd()}…`
}

/** Cuts after as many whole graphemes as fit into `columns`; at least one when `atLeastOne`, so that loops end. */
export function splitAt(text: string, columns: number, atLeastOne = false): { head: string; rest: string } {
  let used = 0
  for (const { segment, index } of graphemes.segment(text)) {
    const width = displayWidth(segment)
    if (used + width > columns && !(atLeastOne && index === 0)) {
      return { head: text.slice(0, index), rest: text.slice(index) }
    }
    used += width
  }
  return { head: text, rest: '' }
}

export function padEnd(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - displayWidth(text)))
}

export function padStart(text: string, columns: number): string {
  return ' '.repeat(Math.max(0, columns - displayWidth(text))) + text
}
