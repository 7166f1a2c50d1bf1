import { pieceFinder } from './find-piece.ts'

/** Whether a line matches, and where the match begins. */
export type Matcher = (line: string) => number | undefined

interface Alternative {
  pieces: readonly { text: string; find: (line: string, from: number) => number }[]
  atStart: boolean
  atEnd: boolean
}

const unsupported = /[()[\]{}+?]/
const mostAlternatives = 20

/**
 * What a search looks for in a line: the text itself, or, as a pattern, `*` for anything within a line, `|` between alternatives,
 * `^` and `$` for a line's ends, `\` before a sign that stands for itself. No regular expression is ever run, so no
 * pattern can hang the process: the pieces between the stars are looked for one after the other, each from the left.
 * Answers a sentence for a pattern that asks for more.
 */
export function compilePattern(input: {
  query: string
  isPattern: boolean
  ignoreCase: boolean
}): Matcher | string {
  if (/[\r\n]/.test(input.query))
    return 'A search looks at one line at a time; the query has a line end in it.'
  const fold = input.ignoreCase ? (text: string) => text.toLowerCase() : (text: string) => text
  if (!input.isPattern) {
    const find = pieceFinder(fold(input.query))
    return (line) => {
      const at = find(fold(line), 0)
      return at === -1 ? undefined : at
    }
  }
  const alternatives = parse(fold(input.query))
  if (typeof alternatives === 'string') return alternatives
  return (line) => {
    const folded = fold(line)
    const places = alternatives
      .map((alternative) => match(folded, alternative))
      .filter((at) => at !== undefined)
    return places.length === 0 ? undefined : Math.min(...places)
  }
}

/** Leftmost pieces first is enough: if any choice of places fits, this one does. */
function match(line: string, { pieces, atStart, atEnd }: Alternative): number | undefined {
  let from = 0
  let begin: number | undefined
  for (const [index, { text, find }] of pieces.entries()) {
    const isPinnedToStart = atStart && index === 0
    const isPinnedToEnd = atEnd && index === pieces.length - 1
    const at = isPinnedToEnd ? line.length - text.length : isPinnedToStart ? 0 : find(line, from)
    if (at < from || (isPinnedToStart && at > 0) || !line.startsWith(text, at)) return undefined
    begin ??= at
    from = at + text.length
  }
  return begin
}

/** Signs of the pattern; a literal one carries its character. */
type Sign = { literal: string } | '*' | '|' | '^' | '$'

function parse(pattern: string): readonly Alternative[] | string {
  const signs = tokenize(pattern)
  if (typeof signs === 'string') return signs
  const parts = splitSigns(signs)
  if (parts.length > mostAlternatives) return `A pattern may have at most ${mostAlternatives} alternatives.`
  const alternatives: Alternative[] = []
  for (const part of parts) {
    const atStart = part[0] === '^'
    const atEnd = part.at(-1) === '$'
    const inner = part.slice(atStart ? 1 : 0, atEnd ? -1 : undefined)
    const pieces = ['']
    for (const sign of inner) {
      if (sign === '*') pieces.push('')
      else pieces[pieces.length - 1] += typeof sign === 'string' ? sign : sign.literal
    }
    if (pieces.join('') === '' && !(atStart && atEnd)) return 'An alternative of the pattern is empty.'
    alternatives.push({ pieces: pieces.map((text) => ({ text, find: pieceFinder(text) })), atStart, atEnd })
  }
  return alternatives
}

function splitSigns(signs: readonly Sign[]): readonly (readonly Sign[])[] {
  const parts: Sign[][] = [[]]
  for (const sign of signs) {
    if (sign === '|') parts.push([])
    else parts.at(-1)?.push(sign)
  }
  return parts
}

function tokenize(pattern: string): readonly Sign[] | string {
  const signs: Sign[] = []
  for (let at = 0; at < pattern.length; at += 1) {
    const sign = pattern.charAt(at)
    const next = pattern.charAt(at + 1)
    if (sign === '\\') {
      if (next === '' || /\w/.test(next)) return refusal(sign + next)
      signs.push({ literal: next })
      at += 1
    } else if (sign === '.' && next === '*') {
      signs.push('*')
      at += 1
    } else if (sign === '*' || sign === '|' || sign === '^' || sign === '$') {
      signs.push(sign)
    } else if (unsupported.test(sign)) {
      return refusal(sign)
    } else {
      signs.push({ literal: sign })
    }
  }
  return signs
}

function refusal(sign: string): string {
  return (
    `The pattern uses ${sign}, which is not understood. There are only * (anything within a line), | (or), ^ and $ ` +
    '(a line’s ends), and \\ before a sign that stands for itself.'
  )
}
