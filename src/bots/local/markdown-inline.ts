import type { MarkedToken, Token } from 'marked'
import { resolveEntities } from '../words/entities.ts'
import { harmlessLine, harmlessText, harmlessUrl } from '../words/harmless.ts'
import type { Look, Span, Style } from './spans.ts'

/** The lexer makes no tokens of its own kinds unless it is extended, which nobody does here. */
export function known(tokens: readonly Token[] | undefined): readonly MarkedToken[] {
  return (tokens ?? []) as readonly MarkedToken[]
}

/** The inline tokens of a paragraph, heading or cell as spans; a hard break is a span of `\n`. */
export function inlineSpans(
  tokens: readonly Token[] | undefined,
  look: Look,
  styles: readonly Style[] = [],
): Span[] {
  return known(tokens).flatMap((token) => inlineSpan(token, look, styles))
}

function inlineSpan(token: MarkedToken, look: Look, styles: readonly Style[]): Span[] {
  const inner = (added: Style) => inlineSpans('tokens' in token ? token.tokens : [], look, [...styles, added])
  switch (token.type) {
    case 'text':
      return token.tokens ? inlineSpans(token.tokens, look, styles) : [{ text: prose(token.text), styles }]
    case 'escape':
      return [{ text: harmlessText(token.text), styles }]
    case 'strong':
      return inner('bold')
    case 'em':
      return look.color ? inner('italic') : quoted('_', inlineSpans(token.tokens, look, styles))
    case 'del':
      return look.color ? inner('strikethrough') : quoted('~~', inlineSpans(token.tokens, look, styles))
    case 'codespan': {
      const code: Span = { text: harmlessLine(token.text), styles: [...styles, 'cyan'] }
      return look.color ? [code] : quoted('`', [code])
    }
    case 'br':
      return [{ text: '\n' }]
    case 'link':
      return linkSpans({ href: token.href, label: inlineSpans(token.tokens, look, styles) }, look, styles)
    case 'image': {
      const alt = prose(token.text)
      const path = harmlessLine(token.href)
      return [
        { text: alt === '' ? `[image: ${path}]` : `[image: ${alt} → ${path}]`, styles: [...styles, 'dim'] },
      ]
    }
    case 'html':
      if (/^<br\s*\/?>$/iu.test(token.text.trim())) return [{ text: '\n' }]
      return [{ text: harmlessLine(token.text), styles: [...styles, 'dim'] }]
    case 'checkbox':
      return []
    default:
      return [{ text: harmlessLine(token.raw), styles }]
  }
}

function quoted(mark: string, spans: Span[]): Span[] {
  return spans.length === 0 ? [] : [{ text: mark }, ...spans, { text: mark }]
}

/**
 * A link hides its address behind its words only where the terminal can show it, and never when the words are
 * themselves an address that leads elsewhere.
 */
function linkSpans(link: { href: string; label: Span[] }, look: Look, styles: readonly Style[]): Span[] {
  const address = harmlessLine(link.href)
  const url = harmlessUrl(link.href)
  const words = harmlessLine(link.label.map((span) => span.text).join(''))
  const target = look.links ? url : undefined
  const label: Span[] =
    target === undefined
      ? link.label
      : link.label.map((span) => ({ ...span, href: target, styles: [...(span.styles ?? []), 'underline'] }))
  const bare = withoutScheme(words)
  if (words === '' || bare === withoutScheme(address)) {
    return [{ text: words || address, href: target, styles: [...styles, 'underline'], whole: true }]
  }
  const pretends = /^(?:[a-z]+:\/\/|www\.)\S+$|^[\w-]+(?:\.[\w-]+)+(?:\/\S*)?$/iu.test(words)
  if (target !== undefined && !pretends) return label
  const shown: Span = { text: `(${address})`, styles: [...styles, 'dim'], whole: true }
  return [...label, { text: ' ' }, shown]
}

function withoutScheme(address: string): string {
  return address.replace(/^(?:https?:\/\/|mailto:)/iu, '').replace(/\/$/u, '')
}

/** Prose as read: the lexer resolves numeric references, the common named ones are resolved here; then harmless. */
function prose(text: string): string {
  return harmlessText(resolveEntities(text)).replace(/[\n\t]/gu, ' ')
}
