import { Lexer, type MarkedToken, type Tokens } from 'marked'
import { inlineRuns, known } from '../../markdown/inline.ts'
import { textRun, wordsOf } from '../../markdown/runs.ts'
import { bold, type MarkdownView, type Unit, unitsOf } from '../../markdown/units.ts'
import { plainText, type SlackBlock } from './elements.ts'
import { slackText, slackUrl } from './harmless.ts'
import { limits } from './limits.ts'
import { type TablePart, tableLines, tableParts } from './table.ts'
import { richBlocks } from './units.ts'

/** A part of a message: blocks that may stand in any message, or a table, of which a message has one at most. */
export type Part =
  | { kind: 'blocks'; blocks: SlackBlock[]; heads?: true }
  | { kind: 'table'; table: TablePart }

type Drawn = { kind: 'units'; units: Unit[]; joins: boolean } | Part

/**
 * Markdown as parts of Slack messages. All text stays: what Slack has no block for is shown as it was written. Safe for
 * hostile Markdown, however deep or long.
 */
export function markdownParts(markdown: string, resolve: MarkdownView['resolve'] = () => undefined): Part[] {
  const text = slackText(markdown)
  const view: MarkdownView = {
    resolve,
    url: slackUrl,
    table: (token, quoted) => tableLines(token, view, quoted),
  }
  try {
    return joined(known(new Lexer().lex(text)).flatMap((token) => draw(token, view)))
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

function draw(token: MarkedToken, view: MarkdownView): Drawn[] {
  switch (token.type) {
    case 'space':
    case 'def':
    case 'checkbox':
      return []
    case 'heading':
      return [heading(token, view)]
    case 'hr':
      return [{ kind: 'blocks', blocks: [{ type: 'divider' }] }]
    case 'table': {
      const tables = tableParts(token, view)
      if (tables) return tables.map((table) => ({ kind: 'table', table }))
      return [{ kind: 'units', units: tableLines(token, view, false), joins: false }]
    }
    case 'paragraph':
    case 'text':
      return [{ kind: 'units', units: unitsOf(token, view, 0, false), joins: true }]
    default:
      return [{ kind: 'units', units: unitsOf(token, view, 0, false), joins: false }]
  }
}

function heading(token: Tokens.Heading, view: MarkdownView): Drawn {
  const runs = inlineRuns(token.tokens, view)
  const words = wordsOf(runs).trim()
  const isPlain = runs.every((run) => run.type === 'text' && !run.style?.code && !run.text.includes('\n'))
  if (token.depth <= 2 && isPlain && words !== '' && words.length <= limits.header)
    return { kind: 'blocks', blocks: [{ type: 'header', text: plainText(words) }], heads: true }
  const blocks = richBlocks([{ kind: 'text', runs: bold(runs) }])
  return { kind: 'blocks', blocks, heads: true }
}
