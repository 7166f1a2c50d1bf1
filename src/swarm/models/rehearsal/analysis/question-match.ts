import { mainGroups } from './choose-chart.ts'
import { baseName, safe } from './prose.ts'
import { type Asked, stem, stemsOf } from './question-words.ts'
import { wordsOf } from './roles.ts'
import type { ColumnProfile, GroupProfile, Profile, TableProfile } from './schema.ts'

const HOLLOW = new Set(
  ['id', 'on', 'at', 'date', 'of', 'the', 'is', 'by', 'no', 'nr', 'number', 'name', 'time'].map(stem),
)
const EXTENSIONS = new Set(['csv', 'tsv', 'txt', 'md', 'json', 'ndjson', 'ts', 'js', 'py'])
const MONTHS = 'january february march april may june july august september october november december'.split(
  ' ',
)

type FilesAsked = { files: readonly Profile[]; question: string; words: string[] }

/** The files that the question names, by their name or a word of their own; all of them when it names none. */
export function filesIn(question: string, profiles: readonly Profile[]): FilesAsked {
  const asks = new Set(wordsOf(question))
  const lower = question.toLowerCase()
  const full = profiles.filter(({ path }) => lower.includes(baseName(path).toLowerCase()))
  const words = profiles.map(({ path }) => wordsOf(baseName(path)).filter((word) => !EXTENSIONS.has(word)))
  const own = (word: string) => words.filter((other) => other.includes(word)).length < profiles.length
  const matched = words.map((all) => all.filter((word) => asks.has(word) && own(word)))
  // "Churn in January" means one file: another that is only named by "churn" steps back.
  const outdone = (mine: readonly string[]) =>
    matched.some((other) => other.length > mine.length && mine.every((word) => other.includes(word)))
  const named = profiles.filter((_, at) => (matched[at] ?? []).length > 0 && !outdone(matched[at] ?? []))
  const files = full.length > 0 ? full : named.length > 0 ? named : profiles
  const rest = full.reduce((left, { path }) => left.replaceAll(baseName(path).toLowerCase(), ' '), lower)
  const taken = profiles.flatMap((profile, at) => (files.includes(profile) ? (words[at] ?? []) : []))
  return { files, question: full.length > 0 ? rest : question, words: taken }
}

export type ColumnMatch = { column: ColumnProfile; words: string[]; share: number }

/** Columns whose words stand in the question, the fullest match first. */
export function columnsIn(asked: Asked, table: TableProfile): ColumnMatch[] {
  const asks = asked.stems
  return table.columns
    .map((column) => {
      const all = stemsOf(column.name)
      const telling = all.filter((word) => !HOLLOW.has(word))
      const wanted = telling.length > 0 ? telling : all
      const words = wanted.filter((word) => asks.has(word))
      return { column, words, share: wanted.length === 0 ? 0 : words.length / wanted.length }
    })
    .filter(({ words }) => words.length > 0)
    .sort((a, b) => b.share - a.share)
}

const GROUPING =
  /\b(?:by|per|each|every|which|what)\s+(?=(?:the\s+|each\s+)?([\p{L}\p{N}_]+)(?:[\s-]+([\p{L}\p{N}_]+))?)/gu

type GroupMatch = { group: GroupProfile; doubts: string[] }

/** The grouping that is asked for: `by plan`, `per month`, `which plan`. */
export function groupIn(asked: Asked, table: TableProfile): GroupMatch | undefined {
  for (const [, first = '', second = ''] of asked.text.matchAll(GROUPING)) {
    const words = [...stemsOf(first), ...stemsOf(second)]
    const months = stem(first) === stem('month') ? monthGroup(asked, table) : undefined
    if (months) {
      asked.used.add(stem('month'))
      return months
    }
    const group = mainGroups(table).find(({ by }) => {
      const wanted = stemsOf(by).filter((word) => !HOLLOW.has(word))
      return wanted.length > 0 && wanted.every((word) => words.includes(word)) && words[0] === wanted[0]
    })
    if (!group) continue
    for (const word of stemsOf(group.by)) asked.used.add(word)
    return { group, doubts: [] }
  }
  return undefined
}

/** By the months of the column that the question names, else of the only one that has months. */
function monthGroup(asked: Asked, table: TableProfile): GroupMatch | undefined {
  const groups = table.groups.filter(({ grain }) => grain === 'month')
  const dated = columnsIn(asked, table).find(({ column }) => column.dates)
  if (dated?.column.dates) {
    for (const word of dated.words) asked.used.add(word)
    const { months } = dated.column.dates
    const counted = {
      by: dated.column.name,
      grain: 'month' as const,
      labels: months.map(({ month }) => month),
      rows: months.map(({ count }) => count),
      sums: [],
      filled: [],
    }
    return { group: groups.find(({ by }) => by === dated.column.name) ?? counted, doubts: [] }
  }
  const [group] = groups
  if (!group) return undefined
  const others = table.columns.filter(({ dates, name }) => dates && name !== group.by)
  return {
    group,
    doubts: others.slice(0, 1).map(({ name }) => `It could also mean the months of ${safe(name)}.`),
  }
}

export type LabelMatch = { group: GroupProfile; at: number; label: string }

/** A value such as `Solo` that stands in the question and names a group of rows. */
export function labelIn(asked: Asked, table: TableProfile): LabelMatch | undefined {
  const asks = asked.stems
  const columnWords = columnsIn(asked, table)
  for (const group of mainGroups(table)) {
    const others = columnWords.filter(({ column }) => column.name !== group.by).flatMap(({ words }) => words)
    const taken = new Set([...asked.used, ...others])
    for (const [at, label] of group.labels.entries()) {
      const words = label === null ? [] : stemsOf(label)
      if (label === null || words.length === 0 || !words.every((word) => asks.has(word) && !taken.has(word)))
        continue
      for (const word of [...words, ...stemsOf(group.by)]) asked.used.add(word)
      return { group, at, label }
    }
  }
  return undefined
}

/** Months such as `2026-02` of a column that the question names, when no file has taken the name. */
export function monthsIn(
  asked: Asked,
  column: ColumnProfile,
): { month: string; count: number }[] | undefined {
  const number = MONTHS.findIndex((name) => asked.stems.has(stem(name)) && !asked.used.has(stem(name))) + 1
  if (number === 0 || !column.dates) return undefined
  const year = /\b(?:19|20)\d{2}\b/.exec(asked.text)?.[0]
  asked.used.add(stem(MONTHS[number - 1] ?? ''))
  if (year) asked.used.add(year)
  return column.dates.months.filter(
    ({ month }) => month.endsWith(`-${String(number).padStart(2, '0')}`) && (!year || month.startsWith(year)),
  )
}
