import { styleText } from 'node:util'
import { displayWidth } from './width.ts'

export type Style =
  | 'bold'
  | 'dim'
  | 'italic'
  | 'underline'
  | 'strikethrough'
  | 'cyan'
  | 'green'
  | 'red'
  | 'yellow'

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
  return joined(line)
    .map((span) => {
      const styles = span.styles ?? []
      const text = look.color && styles.length > 0 ? styled(styles, span.text) : span.text
      return look.links && span.href ? `\u001b]8;;${span.href}\u001b\\${text}\u001b]8;;\u001b\\` : text
    })
    .join('')
    .trimEnd()
}

/** Pieces that wrapping made of one span are one again, so that a link is one link. */
function joined(line: Line): Span[] {
  const spans: Span[] = []
  for (const span of line) {
    const last = spans.at(-1)
    if (last && last.href === span.href && last.styles === span.styles) last.text += span.text
    else spans.push({ ...span })
  }
  return spans
}

function styled(styles: readonly Style[], text: string): string {
  return text === '' ? '' : styleText([...styles], text, { validateStream: false })
}
