import { linkedRuns } from '../../markdown/linked.ts'
import type { Run } from '../../markdown/runs.ts'
import { discordLine, discordUrl, escaped } from './harmless.ts'

type Style = 'bold' | 'strike' | 'italic'

const order = ['bold', 'strike', 'italic'] as const
const marks: Record<Style, string> = { bold: '**', strike: '~~', italic: '_' }

/** Plain text as Discord's Markdown: nothing in it is markup, and an address in it can be opened. */
export function writtenText(text: string): string {
  return written(linkedRuns(text, discordUrl))
}

/** Runs as Discord's Markdown: their styles, and nothing else that acts. They begin a line. */
export function written(runs: readonly Run[]): string {
  let out = ''
  let open: Style[] = []
  const close = (kept: number) => {
    const space = /\s*$/u.exec(out)?.[0] ?? ''
    out = out.slice(0, out.length - space.length)
    while (open.length > kept) out += marks[open.pop() ?? 'bold']
    out += space
  }
  for (const [index, run] of runs.entries()) {
    const { text } = run
    if (run.type === 'text' && !run.style?.code && text.trim() === '') {
      out += text
      continue
    }
    const wanted = stylesOf(run, runs[index + 1])
    const kept = open.findIndex((style, at) => wanted[at] !== style)
    if (kept !== -1) close(kept)
    const lead = run.type === 'text' && !run.style?.code ? (/^\s*/u.exec(text)?.[0] ?? '') : ''
    out += lead
    const opened = wanted.slice(open.length)
    const startsLine = opened.length === 0 && /(?:^|\n)\s*$/u.test(out)
    out += opened.map((style) => marks[style]).join('')
    open = wanted
    out += inside(run, text.slice(lead.length), startsLine)
  }
  close(0)
  return out
}

function inside(run: Run, text: string, startsLine: boolean): string {
  if (run.type === 'link') return linkOf(run)
  return run.style?.code ? codeSpan(text, startsLine) : escaped(text, { startsLine })
}

/** The styles that Discord reads rightly there, outermost first: some letters inside would end them. */
function stylesOf(run: Run, next: Run | undefined): Style[] {
  const { code, ...style } = run.style ?? {}
  if (code && /[*_~|]/u.test(run.text)) return []
  const endsInWord = /^\w/u.test(next?.text ?? '')
  return order.filter((name) => {
    if (!style[name]) return false
    if (name === 'strike') return !run.text.includes('~')
    return name === 'bold' || (run.type === 'text' && !endsInWord)
  })
}

/** A link whose words are its address is shown as it is; words that hold another address never stand in its place. */
function linkOf({ text, url }: Extract<Run, { type: 'link' }>): string {
  const words = discordLine(text).replaceAll('[', '(').replaceAll(']', ')')
  if (words === '' || bare(text) === bare(url)) return `<${url}>`
  const shown = escaped(words, { startsLine: false })
  return /:\/\/|www\./iu.test(words) ? `${shown} (<${url}>)` : `[${shown}](${url})`
}

function bare(address: string): string {
  return address.replace(/^https?:\/\//iu, '').replace(/\/$/u, '')
}

/**
 * A backtick in it would need a mark of two, which not every reader takes for one, and whoever miscounts reads all code
 * behind it as prose: such words are no code.
 */
function codeSpan(text: string, startsLine: boolean): string {
  const words = text.trim()
  if (words.includes('`')) return escaped(words, { startsLine })
  return words === '' ? '' : `\`${words}\``
}

/** A block of code that nothing in it can end. */
export function codeBlock(text: string, lang = ''): string {
  return `\`\`\`${lang}\n${openCode(text)}\n\`\`\``
}

/** No more than two backticks beside each other, so that the fence stays the only one. */
export function openCode(text: string): string {
  return text.replaceAll(/`{3,}/gu, (ticks) => ticks.replaceAll(/``(?=`)/gu, '`` ')).replace(/`$/u, '` ')
}
