import { Lexer, type MarkedToken, type Token, type Tokens } from 'marked'
import { harmlessLine, harmlessText } from '../words/harmless.ts'
import { inlineSpans, known } from './markdown-inline.ts'
import { tableLines } from './markdown-table.ts'
import { type Line, type Look, lineWidth, paint, type Span, type Style } from './spans.ts'
import { padStart } from './width.ts'
import { wrap } from './wrap.ts'

/** Longer lines of prose are hard to read, however wide the window is. */
const widestProse = 100
const narrowest = 10

/**
 * Markdown as it reads well in a terminal, wrapped to `columns`; no trailing newline, empty for empty Markdown.
 * All text stays: nothing is cut, and only lines of code and addresses may be wider. Safe for hostile Markdown.
 */
export function renderMarkdown(
  markdown: string,
  options: { columns: number; color: boolean; links: boolean },
): string {
  const text = harmlessText(markdown)
  const view: View = { columns: Math.max(narrowest, options.columns), look: options }
  return lines(text, view)
    .map((line) => paint(line, options))
    .join('\n')
}

interface View {
  columns: number
  look: Look
}

function lines(text: string, view: View): Line[] {
  try {
    return blockLines(new Lexer().lex(text), view)
  } catch (thrown) {
    // Thousands of nested quotes or lists exhaust the stack: shown as written, they are still readable.
    if (!(thrown instanceof RangeError)) throw thrown
    return text.split('\n').flatMap((line) => wrap([{ text: line }], view.columns))
  }
}

function blockLines(tokens: readonly Token[] | undefined, view: View, tight = false): Line[] {
  const blocks = known(tokens)
    .map((token) => block(token, view))
    .filter((block) => block.length > 0)
  return blocks.flatMap((block, index) => (index > 0 && !tight ? [[], ...block] : block))
}

function block(token: MarkedToken, view: View): Line[] {
  const { look } = view
  const prose = Math.min(view.columns, widestProse)
  switch (token.type) {
    case 'space':
    case 'def':
    case 'checkbox':
      return []
    case 'heading':
      return heading(token, prose, look)
    case 'paragraph':
      return wrap(inlineSpans(token.tokens, look), prose)
    case 'text':
      return wrap(inlineSpans(token.tokens ?? [token], look), prose)
    case 'list':
      return list(token, view)
    case 'blockquote':
      return nested(view, { text: '│ ', styles: ['dim'] }, undefined, (inner) =>
        blockLines(token.tokens, inner),
      )
    case 'code':
      return literal(token.text, view, look.color ? ['cyan'] : [])
    case 'html':
      return literal(token.text.trimEnd(), view, ['dim'])
    case 'table':
      return tableLines(token, view.columns, look)
    case 'hr':
      return [[{ text: '─'.repeat(Math.min(prose, 40)), styles: ['dim'] }]]
    default:
      return wrap([{ text: harmlessLine(token.raw) }], prose)
  }
}

function heading(token: Tokens.Heading, columns: number, look: Look): Line[] {
  const text = wrap(inlineSpans(token.tokens, look, ['bold']), columns)
  if (token.depth > 2 || (token.depth > 1 && look.color)) return text
  const rule = (token.depth === 1 ? '━' : '─').repeat(Math.min(columns, Math.max(...text.map(lineWidth))))
  return [...text, [{ text: rule, styles: ['dim'] }]]
}

function list(token: Tokens.List, view: View): Line[] {
  const first = token.start === '' ? 1 : token.start
  const last = String(first + token.items.length - 1)
  return token.items.flatMap((item, index) => {
    const marker = token.ordered ? `${padStart(String(first + index), last.length)}. ` : '• '
    const box = item.task ? (item.checked ? '☑ ' : '☐ ') : ''
    const lead: Span = { text: item.task && !token.ordered ? box : marker + box }
    const rest: Span = { text: ' '.repeat(lineWidth([lead])) }
    const drawn = nested(view, rest, lead, (inner) => blockLines(item.tokens, inner, !item.loose))
    const shown = drawn.length > 0 ? drawn : [[lead]]
    return token.loose && index > 0 ? [[], ...shown] : shown
  })
}

/** Lines of code keep their breaks and are not wrapped, so that they can be copied as they are. */
function literal(text: string, view: View, styles: readonly Style[]): Line[] {
  const code = harmlessText(text).replaceAll('\t', '    ')
  return nested(view, { text: '  ' }, undefined, () =>
    code.split('\n').map((line) => [{ text: line, styles }]),
  )
}

/** Puts `rest` before each line (`lead` before the first), unless the nesting is so deep that no room would be left. */
function nested(view: View, rest: Span, lead: Span | undefined, draw: (inner: View) => Line[]): Line[] {
  const width = lineWidth([rest])
  const deep = view.columns - width < narrowest
  const inner = deep ? view : { ...view, columns: view.columns - width }
  return draw(inner).map((line, index) => {
    if (index === 0 && lead) return [lead, ...line]
    return deep ? line : [rest, ...line]
  })
}
