import type { Language } from './languages.ts'
import { todoIn } from './markers.ts'
import { cut } from './prose.ts'
import type { CodeProfile } from './schema.ts'
import type { TableSource } from './table.ts'

const MOST_NAMES = 30
const MOST_IMPORTS = 50
const MOST_TODOS = 100
const LONGEST_LINE = 1_000

const NAMES: readonly (readonly [string, RegExp])[] = [
  ['function', /^\s*(?:export\s+)?(?:default\s+)?(?:async\s+)?function\s*\*?\s*([\p{L}_$][\w$]*)/u],
  [
    'class',
    /^\s*(?:export\s+)?(?:default\s+)?(?:public\s+|final\s+|abstract\s+|data\s+)*class\s+([\p{L}_$][\w$]*)/u,
  ],
  [
    'type',
    /^\s*(?:export\s+|pub\s+|public\s+)?(?:type|interface|struct|enum|trait|protocol)\s+([\p{L}_$][\w$]*)/u,
  ],
  [
    'function',
    /^\s*(?:pub(?:\([a-z]+\))?\s+)?(?:async\s+)?(?:def|func|fn|fun)\s+(?:\([^)]{0,80}\)\s*)?([\p{L}_$][\w$?!]*)/u,
  ],
  [
    'function',
    /^(?:export\s+)?const\s+([\p{L}_$][\w$]*)\s*(?::[^=]{1,200})?=\s*(?:async\s*)?(?:\([^)]{0,300}\)|[\w$]+)\s*(?::[^=]{1,100})?=>/u,
  ],
  ['value', /^export\s+(?:const|let|var)\s+([\p{L}_$][\w$]*)/u],
  ['table', /^\s*create\s+(?:table|view|index)\s+(?:if\s+not\s+exists\s+)?["`]?([\w.]+)/iu],
]
const IMPORTS: readonly RegExp[] = [
  /^\s*(?:import|export)\b[^'"]{0,500}\bfrom\s+['"]([^'"]{1,200})['"]/,
  /^\s*import\s+['"]([^'"]{1,200})['"]/,
  /\brequire\(\s*['"]([^'"]{1,200})['"]\s*\)/,
  /^\s*\}\s*from\s+['"]([^'"]{1,200})['"]/,
  /^\s*from\s+([\w.]+)\s+import\b/,
  /^\s*(?:import|use|using)\s+([\w.:]+)/,
  /^\s*#include\s*[<"]([^>"]{1,200})[>"]/,
]
const ENTRIES: readonly (readonly [string, RegExp])[] = [
  ['`if __name__`', /^if\s+__name__\s*==/],
  [
    'main function',
    /^\s*(?:pub\s+|public\s+static\s+|static\s+)?(?:async\s+)?(?:func|fn|fun|def|void|int|function)\s+main\s*\(/i,
  ],
  ['main call', /^(?:await\s+)?main\(/],
  ['server that listens', /\.listen\(|\bserve\(/],
]

/** Profiles source text at the level of regular expressions; lines end with `\n`. */
export function profileCode(source: TableSource, text: string, language: Language): CodeProfile {
  const lines = text === '' ? [] : (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n')
  const tally = { total: lines.length, code: 0, comment: 0, blank: 0 }
  const imports = new Set<string>()
  const entryPoints = new Set<string>()
  const names: CodeProfile['names'] = []
  const todos: CodeProfile['todos'] = []
  let nameCount = 0
  let inBlock = false
  lines.forEach((whole, index) => {
    const line = whole.slice(0, LONGEST_LINE)
    if (index === 0 && line.startsWith('#!')) entryPoints.add('shebang')
    const { kind, open } = kindOf(line.trim(), language, inBlock)
    inBlock = open
    tally[kind] += 1
    const todo = todoIn(line)
    if (todo && !todo.done && todos.length < MOST_TODOS) todos.push({ text: todo.text, line: index + 1 })
    if (kind !== 'code') return
    const imported = firstMatch(IMPORTS, line)
    if (imported !== undefined && imports.size < MOST_IMPORTS) imports.add(cut(imported, 120))
    for (const [what, pattern] of ENTRIES) if (pattern.test(line)) entryPoints.add(what)
    const named = nameIn(line)
    if (!named) return
    nameCount += 1
    if (names.length < MOST_NAMES) names.push({ ...named, line: index + 1 })
  })
  if (/(^|\/)(main|index|cli|bin|app|server)\.\w+$/i.test(source.path)) entryPoints.add('file name')
  const notes = [...source.notes, ...(source.truncated ? ['only the beginning of the file was read'] : [])]
  const { path, bytes } = source
  return {
    kind: 'code',
    path,
    bytes,
    notes,
    language: language.name,
    lines: tally,
    names,
    nameCount,
    imports: [...imports],
    entryPoints: [...entryPoints],
    todos,
  }
}

function kindOf(
  line: string,
  { line: marks, block }: Language,
  inBlock: boolean,
): { kind: 'code' | 'comment' | 'blank'; open: boolean } {
  if (inBlock) return { kind: line === '' ? 'blank' : 'comment', open: !(block && line.includes(block[1])) }
  if (line === '') return { kind: 'blank', open: false }
  if (marks.some((mark) => line.startsWith(mark))) return { kind: 'comment', open: false }
  if (block && line.startsWith(block[0])) {
    const end = line.indexOf(block[1], block[0].length)
    const codeBehind = end >= 0 && line.slice(end + block[1].length).trim() !== ''
    return { kind: codeBehind ? 'code' : 'comment', open: end < 0 }
  }
  return { kind: 'code', open: false }
}

function nameIn(line: string): { name: string; what: string; exported: boolean } | undefined {
  for (const [what, pattern] of NAMES) {
    const name = pattern.exec(line)?.[1]
    if (name) return { name: cut(name, 80), what, exported: /^\s*(?:export|pub|public)\b/.test(line) }
  }
  return undefined
}

function firstMatch(patterns: readonly RegExp[], line: string): string | undefined {
  for (const pattern of patterns) {
    const found = pattern.exec(line)?.[1]
    if (found !== undefined) return found
  }
  return undefined
}
