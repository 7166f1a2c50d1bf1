import type { MarkedToken, Token } from 'marked'
import { resolveEntities } from '../words/entities.ts'
import { harmlessLineWithEmoji, harmlessWithEmoji } from '../words/harmless.ts'
import { type Run, type RunStyle, textRun, wordsOf } from './runs.ts'

/** What a platform says of addresses. */
export interface Addresses {
  /** Where a relative address of the answer leads, such as a file that it names. */
  resolve: (href: string) => string | undefined
  /** An address that may be opened there; nothing for one that may not. */
  url: (href: string) => string | undefined
  /** Words that are themselves an address are never shown in the place of another one: both stand there as they are. */
  unmasks?: true
}

/** The lexer makes no tokens of its own kinds unless it is extended, which nobody does here. */
export function known(tokens: readonly Token[] | undefined): readonly MarkedToken[] {
  return (tokens ?? []) as readonly MarkedToken[]
}

/** The inline tokens of a paragraph, heading or cell as runs of rich text, in which nothing is markup any more. */
export function inlineRuns(
  tokens: readonly Token[] | undefined,
  addresses: Addresses,
  style: RunStyle = {},
): Run[] {
  return known(tokens).flatMap((token) => inlineRun(token, addresses, style))
}

function inlineRun(token: MarkedToken, addresses: Addresses, style: RunStyle): Run[] {
  const inner = (added: RunStyle) =>
    inlineRuns('tokens' in token ? token.tokens : [], addresses, { ...style, ...added })
  switch (token.type) {
    case 'text':
      return token.tokens ? inlineRuns(token.tokens, addresses, style) : textRun(prose(token.text), style)
    case 'escape':
      return textRun(harmlessWithEmoji(token.text), style)
    case 'strong':
      return inner({ bold: true })
    case 'em':
      return inner({ italic: true })
    case 'del':
      return inner({ strike: true })
    case 'codespan':
      return textRun(harmlessWithEmoji(token.text).replace(/[\n\t]/gu, ' '), { ...style, code: true })
    case 'br':
      return textRun('\n')
    case 'link':
      return linkRuns(
        { href: token.href, label: inlineRuns(token.tokens, addresses, style) },
        { addresses, style },
      )
    case 'image': {
      const alt = prose(token.text)
      const label = textRun(alt === '' ? 'image' : `image: ${alt}`, style)
      return linkRuns({ href: token.href, label }, { addresses, style })
    }
    case 'html':
      if (/^<br\s*\/?>$/iu.test(token.text.trim())) return textRun('\n')
      return textRun(harmlessWithEmoji(token.text), style)
    case 'checkbox':
      return []
    default:
      return textRun(harmlessWithEmoji(token.raw), style)
  }
}

const isAddress = /^(?:[a-z]+:\/\/|www\.)\S+$|^[\w-]+(?:\.[\w-]+)+(?:\/\S*)?$/iu

/** A link never hides its address behind words that are themselves an address, and says one that cannot be opened. */
function linkRuns(
  link: { href: string; label: Run[] },
  view: { addresses: Addresses; style: RunStyle },
): Run[] {
  const { resolve, unmasks, url: opened } = view.addresses
  const address = harmlessLineWithEmoji(link.href)
  const url = resolve(address) ?? opened(address)
  const words = harmlessLineWithEmoji(wordsOf(link.label))
  const isBare = words === '' || withoutScheme(words) === withoutScheme(address)
  if (!url) {
    if (isBare) return textRun(words || address, view.style)
    return address === '' ? link.label : [...link.label, ...textRun(` (${address})`, view.style)]
  }
  const style = styled(view.style, link.label)
  const target: Run = { type: 'link', url, text: words || address, ...style }
  const pretends = !isBare && isAddress.test(words)
  const isOurs = resolve(address) !== undefined
  if (!pretends || isOurs) return [target]
  if (!unmasks) return [target, ...textRun(` (${address})`, view.style)]
  const bare: Run = { type: 'link', url, text: address }
  return [...textRun(`${words} (`, view.style), bare, ...textRun(')', view.style)]
}

function styled(style: RunStyle, label: readonly Run[]): { style?: RunStyle } {
  const isCode = label.length > 0 && label.every((run) => run.style?.code)
  const all = isCode ? { ...style, code: true as const } : style
  return Object.keys(all).length > 0 ? { style: all } : {}
}

function withoutScheme(address: string): string {
  return address.replace(/^(?:https?:\/\/|mailto:)/iu, '').replace(/\/$/u, '')
}

/** A soft line break of the Markdown is a space. */
function prose(text: string): string {
  return harmlessWithEmoji(resolveEntities(text)).replace(/[\n\t]/gu, ' ')
}
