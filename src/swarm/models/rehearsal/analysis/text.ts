import { datesIn, linksIn, numbersIn, todoIn, withoutLinks } from './markers.ts'
import { cut } from './prose.ts'
import type { TextProfile } from './schema.ts'
import type { TableSource } from './table.ts'
import { topWords, wordsIn } from './words.ts'

const MOST_KEPT = 100
const MOST_FIGURES = 50
const TOP_WORDS = 15
const LONGEST_LINE = 20_000
const MOST_DIFFERENT_WORDS = 500_000

type Section = { heading: string; line: number; words: number }
type Findings = Omit<TextProfile, 'kind' | 'path' | 'bytes' | 'markdown' | 'topWords' | 'longestSection'>

/** Profiles prose whose lines end with `\n`. */
export function profileText(source: TableSource, text: string, markdown: boolean): TextProfile {
  const lines = text === '' ? [] : (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n')
  const found = emptyFindings(source.notes, lines.length)
  const wordCounts = new Map<string, number>()
  const sections: Section[] = []
  let fence: { mark: string; language: string; line: number; lines: number } | undefined
  let longLines = 0
  lines.forEach((whole, index) => {
    const at = index + 1
    const line = whole.length > LONGEST_LINE ? whole.slice(0, LONGEST_LINE) : whole
    const mark = /^\s{0,3}(```+|~~~+)\s*(\S{0,40})/.exec(line)
    if (fence) {
      if (mark?.[1]?.startsWith(fence.mark) && mark[2] === '') {
        keep(found.fences, { language: fence.language, line: fence.line, lines: fence.lines })
        fence = undefined
      } else fence.lines += 1
      return
    }
    if (mark?.[1]) {
      fence = { mark: mark[1], language: mark[2] ?? '', line: at, lines: 0 }
      return
    }
    if (whole.length > LONGEST_LINE) longLines += 1
    const heading = headingAt(lines, index, markdown)
    if (heading) {
      found.headingCount += 1
      keep(found.headings, { ...heading, line: at })
      sections.push({ heading: heading.text, line: at, words: 0 })
    }
    const words = countWords(withoutLinks(whole), wordCounts)
    found.words += words
    const section = sections.at(-1)
    if (section && !heading) section.words += words
    noteMarkers(found, line, at)
  })
  if (fence) found.notes.push(`a code block opened in line ${fence.line} is never closed`)
  if (longLines > 0)
    found.notes.push('a very long line: only its beginning was searched for dates, numbers and to-dos')
  if (source.truncated) found.notes.push('only the beginning of the file was read')
  const longest = sections.reduce<Section | undefined>(
    (most, one) => (one.words > (most?.words ?? 0) ? one : most),
    undefined,
  )
  return {
    kind: 'text',
    path: source.path,
    bytes: source.bytes,
    markdown,
    ...found,
    topWords: topWords(wordCounts, TOP_WORDS),
    ...(longest ? { longestSection: longest } : {}),
  }
}

function emptyFindings(notes: readonly string[], lines: number): Findings {
  return {
    notes: [...notes],
    words: 0,
    lines,
    headings: [],
    headingCount: 0,
    links: [],
    linkCount: 0,
    dates: [],
    dateCount: 0,
    numbers: [],
    numberCount: 0,
    todos: { open: [], openCount: 0, done: [], doneCount: 0 },
    fences: [],
  }
}

function noteMarkers(found: Findings, text: string, line: number): void {
  const todo = todoIn(text)
  if (todo?.done) {
    found.todos.doneCount += 1
    keep(found.todos.done, { text: todo.text, line })
  } else if (todo) {
    found.todos.openCount += 1
    keep(found.todos.open, { text: todo.text, line })
  }
  for (const url of linksIn(text)) {
    found.linkCount += 1
    keep(found.links, { url: cut(url, 300), line }, MOST_FIGURES)
  }
  if (!/\d/.test(text)) return
  for (const date of datesIn(text)) {
    found.dateCount += 1
    keep(found.dates, { ...date, line }, MOST_FIGURES)
  }
  for (const number of numbersIn(text)) {
    found.numberCount += 1
    keep(found.numbers, { ...number, line }, MOST_FIGURES)
  }
}

function keep<T>(list: T[], item: T, most = MOST_KEPT): void {
  if (list.length < most) list.push(item)
}

function headingAt(
  lines: readonly string[],
  index: number,
  markdown: boolean,
): { level: number; text: string } | undefined {
  const line = lines[index] ?? ''
  if (!markdown || line.length > 1_000) return undefined
  const hashes = /^ {0,3}(#{1,6})[ \t]+(\S.*)$/.exec(line)
  if (hashes)
    return {
      level: hashes[1]?.length ?? 1,
      text: cut((hashes[2] ?? '').replace(/\s+#+\s*$/, '').trim(), 160),
    }
  const under = /^ {0,3}(=+|-{3,})\s*$/.exec((lines[index + 1] ?? '').slice(0, 200))
  const before = lines[index - 1] ?? ''
  if (!under || !/^[\p{L}\p{N}]/u.test(line) || before.trim() !== '') return undefined
  return { level: under[1]?.startsWith('=') ? 1 : 2, text: cut(line.trim(), 160) }
}

function countWords(line: string, counts: Map<string, number>): number {
  const words = wordsIn(line)
  for (const word of words) {
    const key = word.toLowerCase()
    const seen = counts.get(key)
    if (seen !== undefined || counts.size < MOST_DIFFERENT_WORDS) counts.set(key, (seen ?? 0) + 1)
  }
  return words.length
}
