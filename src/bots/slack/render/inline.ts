import type { MarkedToken, Token } from 'marked'
import { resolveEntities } from '../../words/entities.ts'
import { type Run, type RunStyle, textRun } from './elements.ts'
import { slackLine, slackText, slackUrl } from './harmless.ts'

/** Where a relative address of the answer leads, such as a file that it names. */
export type Resolve = (href: string) => string | undefined

/** The lexer makes no tokens of its own kinds unless it is extended, which nobody does here. */
export function known(tokens: readonly Token[] | undefined): readonly MarkedToken[] {
  return (tokens ?? []) as readonly MarkedToken[]
}

/** The inline tokens of a paragraph, heading or cell as runs of rich text, in which nothing is markup any more. */
export function inlineRuns(
  tokens: readonly Token[] | undefined,
  resolve: Resolve,
  style: RunStyle = {},
): Run[] {
  return known(tokens).flatMap((token) => inlineRun(token, resolve, style))
}

function inlineRun(token: MarkedToken, resolve: Resolve, style: RunStyle): Run[] {
  const inner = (added: RunStyle) =>
    inlineRuns('tokens' in token ? token.tokens : [], resolve, { ...style, ...added })
  switch (token.type) {
    case 'text':
      return token.tokens ? inlineRuns(token.tokens, resolve, style) : textRun(prose(token.text), style)
    case 'escape':
      return textRun(slackText(token.text), style)
    case 'strong':
      return inner({ bold: true })
    case 'em':
      return inner({ italic: true })
    case 'del':
      return inner({ strike: true })
    case 'codespan':
      return textRun(slackText(token.text).replace(/[\n\t]/gu, ' '), { ...style, code: true })
    case 'br':
      return textRun('\n')
    case 'link':
      return linkRuns(
        { href: token.href, label: inlineRuns(token.tokens, resolve, style) },
        { resolve, style },
      )
    case 'image': {
      const alt = prose(token.text)
      const label = textRun(alt === '' ? 'image' : `image: ${alt}`, style)
      return linkRuns({ href: token.href, label }, { resolve, style })
    }
    case 'html':
      if (/^<br\s*\/?>$/iu.test(token.text.trim())) return textRun('\n')
      return textRun(slackText(token.text), style)
    case 'checkbox':
      return []
    default:
      return textRun(slackText(token.raw), style)
  }
}

/** A link never hides its address behind words that are themselves an address, and says one that cannot be opened. */
function linkRuns(link: { href: string; label: Run[] }, view: { resolve: Resolve; style: RunStyle }): Run[] {
  const address = slackLine(link.href)
  const url = view.resolve(address) ?? slackUrl(address)
  const words = slackLine(wordsOf(link.label))
  const isBare = words === '' || withoutScheme(words) === withoutScheme(address)
  if (!url) {
    if (isBare) return textRun(words || address, view.style)
    return address === '' ? link.label : [...link.label, ...textRun(` (${address})`, view.style)]
  }
  const target: Run = { type: 'link', url, text: words || address, ...styled(view.style, link.label) }
  const pretends = !isBare && /^(?:[a-z]+:\/\/|www\.)\S+$|^[\w-]+(?:\.[\w-]+)+(?:\/\S*)?$/iu.test(words)
  const isOurs = view.resolve(address) !== undefined
  return pretends && !isOurs ? [target, ...textRun(` (${address})`, view.style)] : [target]
}

function styled(style: RunStyle, label: readonly Run[]): { style?: RunStyle } {
  const isCode = label.length > 0 && label.every((run) => run.style?.code)
  const all = isCode ? { ...style, code: true as const } : style
  return Object.keys(all).length > 0 ? { style: all } : {}
}

export function wordsOf(runs: readonly Run[]): string {
  return runs.map((run) => run.text ?? '').join('')
}

function withoutScheme(address: string): string {
  return address.replace(/^(?:https?:\/\/|mailto:)/iu, '').replace(/\/$/u, '')
}

/** A soft line break of the Markdown is a space. */
function prose(text: string): string {
  return slackText(resolveEntities(text)).replace(/[\n\t]/gu, ' ')
}
