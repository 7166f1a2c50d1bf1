const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })

/**
 * The text in parts of at most `most` characters, cut where it reads best: behind a line, a sentence or a word, else
 * between two letters. Only white space at a cut is lost.
 */
export function cutText(text: string, most: number): string[] {
  const parts: string[] = []
  let rest = text
  while (rest.length > most) {
    const at = cutAt(rest, most)
    parts.push(rest.slice(0, at).trimEnd())
    rest = rest.slice(at).trimStart()
  }
  return [...parts, rest].filter((part) => part !== '')
}

const goodPlaces = [/\n+/gu, /[.!?…]\s+/gu, /\s+/gu]

function cutAt(text: string, most: number): number {
  const head = text.slice(0, most)
  for (const place of goodPlaces) {
    const last = [...head.matchAll(place)].at(-1)
    const at = last ? last.index + last[0].length : 0
    if (at > most / 2) return at
  }
  return letterAt(text, most)
}

/** The last place up to `most` that stands between two letters as people see them. */
function letterAt(text: string, most: number): number {
  const from = Math.max(0, most - 100)
  let at = 0
  for (const { index } of graphemes.segment(text.slice(from, most + 100))) {
    if (from + index > most) break
    at = from + index
  }
  if (at > from) return at
  // One letter longer than all that: cut between its code points.
  const low = text.charCodeAt(most)
  return low >= 0xdc00 && low <= 0xdfff ? most - 1 : most
}

/** The text on a button or in a heading: its beginning and an ellipsis where it is too long. */
export function shortened(text: string, most: number): string {
  if (text.length <= most) return text
  return `${text.slice(0, letterAt(text, most - 1)).trimEnd()}…`
}
