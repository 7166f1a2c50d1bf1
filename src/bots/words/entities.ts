const named: Record<string, string> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: '\u00a0',
  ndash: '–',
  mdash: '—',
  hellip: '…',
  rarr: '→',
  larr: '←',
  times: '×',
  middot: '·',
  euro: '€',
  copy: '©',
}

/** Markdown's common named references as what they stand for; the lexer resolves the numeric ones. */
export function resolveEntities(text: string): string {
  return text.replace(/&([a-z]+);/giu, (whole, name: string) => named[name.toLowerCase()] ?? whole)
}
