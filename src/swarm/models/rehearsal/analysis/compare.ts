import { tableIn } from './choose-chart.ts'
import { compareTables } from './compare-tables.ts'
import { compareTexts } from './compare-texts.ts'
import { headline } from './headline.ts'
import { REHEARSAL_NOTE } from './note.ts'
import { formatCount, listed, markdownTable, plural, safe } from './prose.ts'
import type { Profile } from './schema.ts'

const MOST_HIGHLIGHTS = 5
const KINDS = {
  table: 'table',
  json: 'JSON file',
  text: 'text',
  code: 'code file',
  opaque: 'unreadable file',
} as const

export type Comparison = { markdown: string; highlights: string[] }

/** What two or more files have in common and where they differ. The highlights are safe for Markdown. */
export function compareProfiles(profiles: readonly Profile[]): Comparison {
  const ordered = profiles.toSorted((a, b) => byName(a.path, b.path))
  const tables = ordered.map(tableIn).filter((table) => table !== undefined)
  const texts = ordered.filter((profile) => profile.kind === 'text')
  const codes = ordered.filter((profile) => profile.kind === 'code')
  const parts = [compareTables(tables), compareTexts(texts, codes)]
  const mixed = new Set(ordered.map(({ kind }) => kind)).size > 1
  const found = parts.flatMap(({ highlights }) => highlights)
  const highlights = [...found, ...generalFacts(ordered)].slice(
    0,
    Math.max(2, Math.min(MOST_HIGHLIGHTS, found.length)),
  )
  const blocks = [
    '# Comparison',
    ...(highlights.length > 0 ? [highlights.map((one) => `- ${one}`).join('\n')] : []),
    ...(mixed || parts.every(({ sections }) => sections.length === 0) ? overview(ordered) : []),
    ...parts.flatMap(({ sections }) => sections),
    REHEARSAL_NOTE,
  ]
  return { markdown: `${blocks.join('\n\n')}\n`, highlights }
}

function generalFacts(profiles: readonly Profile[]): string[] {
  if (profiles.length === 0) return ['There is no file to compare.', 'Nothing was computed.']
  const kinds = new Map<Profile['kind'], number>()
  for (const { kind } of profiles) kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
  const named = listed([...kinds].map(([kind, count]) => plural(count, KINDS[kind])))
  const largest = profiles.reduce<Profile | undefined>(
    (most, one) => (one.bytes > (most?.bytes ?? -1) ? one : most),
    undefined,
  )
  const bytes = profiles.reduce((sum, one) => sum + one.bytes, 0)
  const size = `Together they hold ${plural(bytes, 'byte')}`
  return [
    `${plural(profiles.length, 'file')}: ${named}.`,
    largest && profiles.length > 1
      ? `${size}; ${safe(largest.path)} is the largest with ${formatCount(largest.bytes)}.`
      : `${size.replace('Together they hold', 'It holds')}; with one file there is nothing to compare it to.`,
  ]
}

function overview(profiles: readonly Profile[]): string[] {
  if (profiles.length === 0) return []
  const lines = profiles.map((profile) => [
    safe(profile.path),
    KINDS[profile.kind],
    formatCount(profile.bytes),
    safe(headline(profile)),
  ])
  return ['## The files', markdownTable(['file', 'kind', 'bytes', 'in short'], lines)]
}

function byName(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true })
}
