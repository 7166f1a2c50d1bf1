import { Lexer, type MarkedToken, type Token, type Tokens } from 'marked'
import { plainText, type Run, type SlackBlock, textRun } from './elements.ts'
import { slackText } from './harmless.ts'
import { inlineRuns, known, type Resolve, wordsOf } from './inline.ts'
import { limits } from './limits.ts'
import { type TablePart, tableLines, tableParts } from './table.ts'
import { richBlocks, type Unit } from './units.ts'

/** A part of a message: blocks that may stand in any message, or a table, of which a message has one at most. */
export type Part =
  | { kind: 'blocks'; blocks: SlackBlock[]; heads?: true }
  | { kind: 'table'; table: TablePart }

type Drawn = { kind: 'units'; units: Unit[]; joins: boolean } | Part

/**
 * Markdown as parts of Slack messages. All text stays: what Slack has no block for is shown as it was written. Safe for
 * hostile Markdown, however deep or long.
 */
export function markdownParts(markdown: string, resolve: Resolve = () => undefined): Part[] {
  const text = slackText(markdown)
  try {
    return joined(known(new Lexer().lex(text)).flatMap((token) => draw(token, resolve)))
  } catch (thrown) {
    // Thousands of nested quotes or lists exhaust the stack: shown as written, they are still readable.
    if (!(thrown instanceof RangeError)) throw thrown
    return [{ kind: 'blocks', blocks: richBlocks([{ kind: 'text', runs: textRun(text.trim()) }]) }]
  }
}

/** Paragraphs that follow each other share a block, which keeps long texts in few messages. */
function joined(drawn: readonly Drawn[]): Part[] {
  const parts: Part[] = []
  let units: Unit[] = []
  const flush = () => {
    for (const block of richBlocks(units)) parts.push({ kind: 'blocks', blocks: [block] })
    units = []
  }
  for (const each of drawn) {
    if (each.kind === 'units' && each.joins) {
      units.push(...each.units)
      continue
    }
    flush()
    if (each.kind !== 'units') parts.push(each)
    else for (const block of richBlocks(each.units)) parts.push({ kind: 'blocks', blocks: [block] })
  }
  flush()
  return parts
}

function draw(token: MarkedToken, resolve: Resolve): Drawn[] {
  switch (token.type) {
    case 'space':
    case 'def':
    case 'checkbox':
      return []
    case 'heading':
      return [heading(token, resolve)]
    case 'hr':
      return [{ kind: 'blocks', blocks: [{ type: 'divider' }] }]
    case 'table': {
      const tables = tableParts(token, resolve)
      if (tables) return tables.map((table) => ({ kind: 'table', table }))
      return [{ kind: 'units', units: tableLines(token, resolve, false), joins: false }]
    }
    case 'paragraph':
    case 'text':
      return [{ kind: 'units', units: units(token, resolve, 0, false), joins: true }]
    default:
      return [{ kind: 'units', units: units(token, resolve, 0, false), joins: false }]
  }
}

function heading(token: Tokens.Heading, resolve: Resolve): Drawn {
  const runs = inlineRuns(token.tokens, resolve)
  const words = wordsOf(runs).trim()
  const isPlain = runs.every((run) => run.type === 'text' && !run.style?.code && !run.text.includes('\n'))
  if (token.depth <= 2 && isPlain && words !== '' && words.length <= limits.header)
    return { kind: 'blocks', blocks: [{ type: 'header', text: plainText(words) }], heads: true }
  const blocks = richBlocks([{ kind: 'text', runs: bold(runs) }])
  return { kind: 'blocks', blocks, heads: true }
}

function bold(runs: readonly Run[]): Run[] {
  return runs.map((run) => ({ ...run, style: { ...run.style, bold: true } }))
}

/** What stands in a list or a quote, and all that is neither heading nor table. */
function units(token: MarkedToken, resolve: Resolve, indent: number, quoted: boolean): Unit[] {
  switch (token.type) {
    case 'space':
    case 'def':
    case 'checkbox':
    case 'hr':
      return []
    case 'paragraph':
      return prose(inlineRuns(token.tokens, resolve), quoted)
    case 'text':
      return prose(inlineRuns(token.tokens ?? [token], resolve), quoted)
    case 'heading':
      return prose(bold(inlineRuns(token.tokens, resolve)), quoted)
    case 'list':
      return listUnits(token, resolve, indent, quoted)
    case 'blockquote':
      return inside(token.tokens, resolve, indent, true)
    case 'code':
      return [{ kind: 'code', text: slackText(token.text), quoted }]
    case 'html':
      return prose(textRun(slackText(token.text).trim()), quoted)
    case 'table':
      return tableLines(token, resolve, quoted)
    default:
      return prose(textRun(slackText(token.raw)), quoted)
  }
}

function prose(runs: Run[], quoted: boolean): Unit[] {
  return [{ kind: quoted ? 'quote' : 'text', runs }]
}

function inside(
  tokens: readonly Token[] | undefined,
  resolve: Resolve,
  indent: number,
  quoted: boolean,
): Unit[] {
  return known(tokens).flatMap((token) => units(token, resolve, indent, quoted))
}

function listUnits(token: Tokens.List, resolve: Resolve, indent: number, quoted: boolean): Unit[] {
  const first = token.start === '' ? 1 : token.start
  return token.items.flatMap((item, index) => {
    const box = item.task ? textRun(item.checked ? '☑ ' : '☐ ') : []
    const number = token.ordered && !item.task ? first + index : undefined
    const tokens = known(item.tokens)
    const isProse = (each: MarkedToken) =>
      ['text', 'paragraph', 'space', 'checkbox', 'heading'].includes(each.type)
    const end = tokens.findIndex((each) => !isProse(each))
    const lead = end === -1 ? tokens : tokens.slice(0, end)
    const runs = lead.flatMap((each) => inside([each], resolve, indent, false)).flatMap(runsOf)
    const rest = end === -1 ? [] : inside(tokens.slice(end), resolve, indent + 1, quoted)
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
