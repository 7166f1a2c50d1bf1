import { Lexer, type MarkedToken } from 'marked'
import { inlineRuns, known } from '../../markdown/inline.ts'
import { textRun, wordsOf } from '../../markdown/runs.ts'
import { splitUnit, unitLength } from '../../markdown/split.ts'
import { bold, type MarkdownView, type Unit, unitsOf } from '../../markdown/units.ts'
import { separator } from './elements.ts'
import { discordText, discordUrl } from './harmless.ts'
import { limits } from './limits.ts'
import type { Part, TextPart } from './pack.ts'
import { tableUnits } from './table.ts'
import { codeBlock, openCode, written } from './write.ts'

/**
 * Markdown as parts of messages, each small enough for one, in Markdown that Discord renders and in which no text is
 * markup but by its own tokens. All words stay. Safe for hostile Markdown, however deep or long.
 */
export function markdownParts(markdown: string, resolve: MarkdownView['resolve'] = () => undefined): Part[] {
  const text = discordText(markdown)
  const view: MarkdownView = {
    resolve,
    url: discordUrl,
    unmasks: true,
    table: (token, quoted) => tableUnits(token, view, quoted),
  }
  try {
    return known(new Lexer().lex(text)).flatMap((token) => draw(token, view))
  } catch (thrown) {
    // Thousands of nested quotes or lists exhaust the stack: shown as written, they are still readable.
    if (!(thrown instanceof RangeError)) throw thrown
    return unitParts([{ kind: 'text', runs: textRun(text.trim()) }])
  }
}

function draw(token: MarkedToken, view: MarkdownView): Part[] {
  if (token.type === 'hr') return [{ kind: 'component', component: separator() }]
  if (token.type !== 'heading') return unitParts(unitsOf(token, view, 0, false))
  const runs = inlineRuns(token.tokens, view)
  const words = wordsOf(runs)
  if (words.trim() === '') return []
  if (token.depth > 3 || words.length > 200 || words.includes('\n'))
    return unitParts([{ kind: 'text', runs: bold(runs) }]).map((part) => ({
      ...part,
      heads: part.text.length < 500,
    }))
  return [{ kind: 'text', text: `${'#'.repeat(token.depth)} ${written(runs)}`, as: 'heading', heads: true }]
}

/** Units as parts. One that escaping makes too long for a message is cut smaller. */
export function unitParts(units: readonly Unit[]): TextPart[] {
  return units.flatMap((unit) => {
    const pieces = unit.kind === 'code' ? openPieces(unit) : splitUnit(unit, limits.piece)
    return pieces.flatMap((piece) => fitting(piece))
  })
}

/** Code is made safe before it is cut, which makes it a little longer. */
function openPieces(unit: Extract<Unit, { kind: 'code' }>): Unit[] {
  const lines = unit.quoted ? unit.text.split('\n').length * 2 : 0
  const most = Math.max(500, limits.piece - Math.min(lines, 1_500))
  return splitUnit({ ...unit, text: openCode(unit.text) }, most)
}

function fitting(unit: Unit): TextPart[] {
  const text = textOf(unit)
  if (text.length <= limits.text) return text.trim() === '' ? [] : [{ kind: 'text', text, as: unit.kind }]
  const half = Math.floor(unitLength(unit) / 2)
  // An address that is too long for a message by itself is none that Discord takes; it was left out before.
  if (half < 20) return []
  return splitUnit(unit, half).flatMap((piece) => fitting(piece))
}

const deepest = 6

function textOf(unit: Unit): string {
  switch (unit.kind) {
    case 'text':
      return written(unit.runs)
    case 'quote':
      return quotedLines(written(unit.runs))
    case 'code': {
      const block = codeBlock(unit.text, unit.lang)
      return unit.quoted ? quotedLines(block) : block
    }
    case 'item': {
      const indent = '  '.repeat(Math.min(deepest, unit.indent))
      const mark = unit.number === undefined ? '-' : `${unit.number}.`
      const [first = '', ...others] = written(unit.runs).split('\n')
      const lines = [`${indent}${mark} ${first}`, ...others.map((line) => `${indent}  ${line}`)].join('\n')
      return unit.quoted ? quotedLines(lines) : lines
    }
  }
}

function quotedLines(text: string): string {
  return text.replaceAll(/^/gmu, '> ')
}
