import { harmlessLineWithEmoji, harmlessWithEmoji } from '../../words/harmless.ts'
import { limits } from './limits.ts'

/** Text from outside without what acts and is not seen. It still is Markdown for Discord: see `escaped`. */
export const discordText = harmlessWithEmoji

/** The same on one line. */
export const discordLine = harmlessLineWithEmoji

/** An address that Discord may open, with nothing in it that is markup; nothing for other schemes and what is too long. */
export function discordUrl(href: string): string | undefined {
  const url = URL.parse(discordLine(href))
  if (!url || !['https:', 'http:'].includes(url.protocol)) return undefined
  const address = url.href.replaceAll(/[()<>[\]\\`|*~"']|@(?=everyone|here)/giu, encoded)
  return address.length <= limits.url ? address : undefined
}

function encoded(letter: string): string {
  return `%${letter.charCodeAt(0).toString(16).toUpperCase()}`
}

/**
 * Text in which nothing is Markdown: no mention, custom emoji, timestamp, spoiler or link either, not even for a reader
 * that does not know the backslash. `startsLine`: it stands at the start of a line, where more is markup.
 */
export function escaped(text: string, { startsLine = true }: { startsLine?: boolean } = {}): string {
  return text
    .split('\n')
    .map((line, index) => {
      const inline = line
        .replaceAll(/[\\*_~`|[\]]/gu, '\\$&')
        .replaceAll(/<([a-z]{0,2})([@#:/&+])?/giu, (_, name: string, sign: string | undefined) =>
          sign === undefined ? `\\<${name}` : `\\<${name}\\${sign}`,
        )
        .replaceAll(/(?<!\\)@(?=everyone|here|silent)/giu, '\\@')
      return index > 0 || startsLine ? startEscaped(inline) : inline
    })
    .join('\n')
}

/** Headings, small print, lists and quotes. */
function startEscaped(line: string): string {
  return line.replace(
    /^(\s*)(?:(\d+)([.)])|([#>+-]))/u,
    (_, space: string, number: string, dot: string, sign: string) =>
      number === undefined ? `${space}\\${sign}` : `${space}${number}\\${dot}`,
  )
}

/** One line from outside, escaped. */
export function escapedLine(text: string): string {
  return escaped(discordLine(text))
}
