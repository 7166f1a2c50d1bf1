const shortEnough = 128

/**
 * `text.indexOf(piece, from)` in time that grows with the text only. The engine's own search does that for short
 * pieces; a long repeating one takes it the product of both lengths, so those go by Knuth, Morris and Pratt.
 */
export function pieceFinder(piece: string): (text: string, from: number) => number {
  if (piece.length <= shortEnough) return (text, from) => text.indexOf(piece, from)
  const fallback = fallbacks(piece)
  return (text, from) => {
    let matched = 0
    for (let at = from; at < text.length; at += 1) {
      const code = text.charCodeAt(at)
      while (matched > 0 && piece.charCodeAt(matched) !== code) matched = fallback[matched - 1] ?? 0
      if (piece.charCodeAt(matched) === code) matched += 1
      if (matched === piece.length) return at - matched + 1
    }
    return -1
  }
}

/** For each length of a beginning of the piece: the longest shorter beginning that it also ends with. */
function fallbacks(piece: string): Uint32Array {
  const table = new Uint32Array(piece.length)
  let length = 0
  for (let at = 1; at < piece.length; at += 1) {
    while (length > 0 && piece.charCodeAt(at) !== piece.charCodeAt(length)) length = table[length - 1] ?? 0
    if (piece.charCodeAt(at) === piece.charCodeAt(length)) length += 1
    table[at] = length
  }
  return table
}
