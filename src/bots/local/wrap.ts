import { type Line, lineWidth, type Span } from './spans.ts'
import { displayWidth, slices } from './width.ts'

/**
 * Breaks spans into lines of at most `columns`: at spaces, between ideographs, at `\n`; a longer word at any grapheme.
 * Only a `whole` span may be wider. An empty input is one empty line.
 */
export function wrap(spans: Line, columns: number): Span[][] {
  let line: Span[] = []
  let used = 0
  const lines = [line]
  const breakLine = () => {
    line = []
    used = 0
    lines.push(line)
  }
  const put = (span: Span) => {
    if (span.text === '') return
    line.push(span)
    used += displayWidth(span.text)
  }
  const putBroken = (span: Span) => {
    let first = true
    for (const text of slices(span.text, columns - used, columns)) {
      if (!first) breakLine()
      put({ ...span, text })
      first = false
    }
  }
  for (const word of words(spans)) {
    if (word === lineEnd) {
      breakLine()
      continue
    }
    const gap = used > 0 && word.gap ? word.gap : { text: '' }
    const width = lineWidth(word.spans)
    if (used > 0 && used + displayWidth(gap.text) + width > columns) breakLine()
    else put(gap)
    for (const span of word.spans) {
      if (span.whole || width <= columns) put(span)
      else putBroken(span)
    }
  }
  return lines
}

/** Spans that stay together when there is room, with the space that parts them from the word before. */
interface Word {
  gap: Span | undefined
  spans: Span[]
}

const lineEnd: Word = { gap: undefined, spans: [] }

function* words(spans: Line): Generator<Word> {
  let word: Word = { gap: undefined, spans: [] }
  let before: Piece['kind'] = 'gap'
  for (const { kind, span } of pieces(spans)) {
    const parts = kind !== 'letters' || before !== 'letters'
    if (parts && word.spans.length > 0) {
      yield word
      word = { gap: undefined, spans: [] }
    }
    if (kind === 'end') {
      yield lineEnd
      word.gap = undefined
    } else if (kind === 'gap') word.gap ??= span
    else word.spans.push(span)
    before = kind
  }
  if (word.spans.length > 0) yield word
}

interface Piece {
  kind: 'end' | 'gap' | 'ideograph' | 'letters'
  span: Span
}

// A line end, spaces, an ideograph with the punctuation that may not start a line, or letters.
const ideograph = String.raw`[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]`
const patterns = new RegExp(
  String.raw`(\n)|( +)|(${ideograph}[、。，．！？：；」』）】〉》…ー々]*)|(?:(?!${ideograph})[^ \n])+`,
  'gu',
)

function* pieces(spans: Line): Generator<Piece> {
  for (const span of spans) {
    if (span.whole) {
      yield { kind: 'letters', span }
      continue
    }
    for (const [text, end, gap, wide] of span.text.matchAll(patterns)) {
      const kind = end ? 'end' : gap ? 'gap' : wide ? 'ideograph' : 'letters'
      yield { kind, span: { ...span, text } }
    }
  }
}
