import { styleText } from 'node:util'
import { displayWidth, splitAt } from './width.ts'

export type Style = 'bold' | 'dim' | 'italic' | 'underline' | 'strikethrough' | 'cyan' | 'green' | 'red' | 'yellow'

/**
 * A piece of a line with its look. Text is measured and wrapped as spans and painted last, so that no escape code is
 * ever cut or counted. `whole` is never broken: an address that is broken cannot be opened.
 */
export interface Span {
  text: string
  styles?: readonly Style[] | undefined
  href?: string | undefined
  whole?: boolean | undefined
}

export type Line = readonly Span[]

export interface Look {
  color: boolean
  /** Whether the terminal opens OSC 8 links. */
  links: boolean
}

export function lineWidth(line: Line): number {
  return line.reduce((sum, span) => sum + displayWidth(span.text), 0)
}

export function paint(line: Line, look: Look): string {
  return line
    .map((span) => {
      const styles = span.styles ?? []
      const text = look.color && styles.length > 0 ? styled(styles, span.text) : span.text
      return look.links && span.href ? `\u001b]8;;${span.href}\u001b\\${text}\u001b]8;;\u001b\\` : text
    })
    .join('')
    .trimEnd()
}

export function styled(styles: readonly Style[], text: string): string {
  return text === '' ? '' : styleText([...styles], text, { validateStream: false })
}

interface Word {
  gap: Span | undefined
  spans: Span[]
  newLine: boolean
}

/**
 * Breaks spans into lines of at most `columns`: at spaces, between ideographs, at `\n`; a longer word at any grapheme.
 * Only a `whole` span may be wider. An empty input is one empty line.
 */
export function wrap(spans: Line, columns: number): Span[][] {
  const lines: Span[][] = [[]]
  let line = lines[0] ?? []
  let used = 0
  const breakLine = () => {
    line = []
    used = 0
    lines.push(line)
  }
  for (const word of words(spans)) {
    if (word.newLine) {
      breakLine()
      continue
    }
    const width = lineWidth(word.spans)
    const gap = used > 0 ? word.gap : undefined
    const gapWidth = gap ? displayWidth(gap.text) : 0
    if (used > 0 && used + gapWidth + width > columns) breakLine()
    else if (gap) line.push(gap)
    used += used > 0 ? gapWidth : 0
    for (const span of word.spans) {
      let rest = span.text
      while (!span.whole && used + displayWidth(rest) > columns && rest !== '') {
        const cut = splitAt(rest, columns - used, used === 0)
        if (cut.head !== '') line.push({ ...span, text: cut.head })
        rest = cut.rest
        if (rest !== '') breakLine()
      }
      if (rest === '') continue
      line.push({ ...span, text: rest })
      used += displayWidth(rest)
    }
  }
  return lines
}

// A space, a line end, an ideograph with the punctuation that may not start a line, or a word.
const ideograph = String.raw`[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]`
const pieces = new RegExp(
  String.raw`\n| +|${ideograph}[、。，．！？：；」』）】〉》…ー々]*|(?:(?!${ideograph})[^ \n])+`,
  'gu',
)
const startsWithIdeograph = new RegExp(`^${ideograph}`, 'u')

function* words(spans: Line): Generator<Word> {
  let word: Word = { gap: undefined, spans: [], newLine: false }
  let afterIdeograph = false
  const take = (gap: Span | undefined): Word => {
    const taken = word
    word = { gap, spans: [], newLine: false }
    return taken
  }
  for (const span of spans) {
    for (const [text] of span.whole ? [[span.text]] : span.text.matchAll(pieces)) {
      if (text === undefined) continue
      if (text === '\n') {
        if (word.spans.length > 0) yield take(undefined)
        yield { gap: undefined, spans: [], newLine: true }
        word.gap = undefined
      } else if (!span.whole && text.startsWith(' ')) {
        const gap = { ...span, text }
        if (word.spans.length > 0) yield take(gap)
        else word.gap ??= gap
      } else {
        const isIdeograph = startsWithIdeograph.test(text)
        if (word.spans.length > 0 && (isIdeograph || afterIdeograph)) yield take(undefined)
        word.spans.push({ ...span, text })
        afterIdeograph = isIdeograph
      }
    }
  }
  if (word.spans.length > 0) yield word
}
