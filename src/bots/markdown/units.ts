import type { MarkedToken, Token, Tokens } from 'marked'
import { harmlessWithEmoji } from '../words/harmless.ts'
import { type Addresses, inlineRuns, known } from './inline.ts'
import { type Run, textRun, wordsOf } from './runs.ts'

/** The smallest things of a message that stay together where they can: a paragraph, a point of a list, lines of code. */
export type Unit =
  | { kind: 'text'; runs: Run[] }
  | { kind: 'item'; runs: Run[]; indent: number; number: number | undefined; quoted: boolean }
  | { kind: 'quote'; runs: Run[] }
  | { kind: 'code'; text: string; lang?: string; quoted: boolean }

/** How a platform shows what Markdown can hold. */
export interface MarkdownView extends Addresses {
  /** A table that stands in a list or a quote. */
  table: (token: Tokens.Table, quoted: boolean) => Unit[]
}

export function bold(runs: readonly Run[]): Run[] {
  return runs.map((run) => ({ ...run, style: { ...run.style, bold: true } }))
}

/** The language of a code block, where it is a plain word. */
function langOf({ lang }: Tokens.Code): { lang?: string } {
  const word = /^[a-z\d][\w+.#-]{0,19}$/iu.exec(lang?.split(/\s/u, 1)[0] ?? '')?.[0]
  return word === undefined ? {} : { lang: word }
}

/** What stands in a list or a quote, and all that is neither heading nor table. */
export function unitsOf(token: MarkedToken, view: MarkdownView, indent: number, quoted: boolean): Unit[] {
  switch (token.type) {
    case 'space':
    case 'def':
    case 'checkbox':
    case 'hr':
      return []
    case 'paragraph':
      return prose(inlineRuns(token.tokens, view), quoted)
    case 'text':
      return prose(inlineRuns(token.tokens ?? [token], view), quoted)
    case 'heading':
      return prose(bold(inlineRuns(token.tokens, view)), quoted)
    case 'list':
      return listUnits(token, view, indent, quoted)
    case 'blockquote':
      return inside(token.tokens, view, indent, true)
    case 'code':
      return [{ kind: 'code', text: harmlessWithEmoji(token.text), quoted, ...langOf(token) }]
    case 'html':
      return prose(textRun(harmlessWithEmoji(token.text).trim()), quoted)
    case 'table':
      return view.table(token, quoted)
    default:
      return prose(textRun(harmlessWithEmoji(token.raw)), quoted)
  }
}

function prose(runs: Run[], quoted: boolean): Unit[] {
  return [{ kind: quoted ? 'quote' : 'text', runs }]
}

function inside(
  tokens: readonly Token[] | undefined,
  view: MarkdownView,
  indent: number,
  quoted: boolean,
): Unit[] {
  return known(tokens).flatMap((token) => unitsOf(token, view, indent, quoted))
}

function listUnits(token: Tokens.List, view: MarkdownView, indent: number, quoted: boolean): Unit[] {
  const first = token.start === '' ? 1 : token.start
  return token.items.flatMap((item, index) => {
    const box = item.task ? textRun(item.checked ? '☑ ' : '☐ ') : []
    const number = token.ordered && !item.task ? first + index : undefined
    const tokens = known(item.tokens)
    const isProse = (each: MarkedToken) =>
      ['text', 'paragraph', 'space', 'checkbox', 'heading'].includes(each.type)
    const end = tokens.findIndex((each) => !isProse(each))
    const lead = end === -1 ? tokens : tokens.slice(0, end)
    const runs = lead.flatMap((each) => inside([each], view, indent, false)).flatMap(runsOf)
    const rest = end === -1 ? [] : inside(tokens.slice(end), view, indent + 1, quoted)
    const words = wordsOf(runs).trim() === '' && box.length === 0 ? textRun('–') : []
    return [
      { kind: 'item' as const, runs: [...box, ...words, ...separated(runs)], indent, number, quoted },
      ...rest,
    ]
  })
}

/** The paragraphs of one point, each on a line of its own. */
function runsOf(unit: Unit): Run[] {
  return unit.kind === 'code' || unit.runs.length === 0 ? [] : [...unit.runs, ...textRun('\n')]
}

function separated(runs: Run[]): Run[] {
  return runs.at(-1)?.text === '\n' ? runs.slice(0, -1) : runs
}
