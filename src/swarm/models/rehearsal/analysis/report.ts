import { barChart, textBars } from './chart.ts'
import { chooseChart, tableIn } from './choose-chart.ts'
import { REHEARSAL_NOTE } from './note.ts'
import { baseName, capitalised, safe } from './prose.ts'
import { codeSections, jsonSections, opaqueSections, textSections } from './report-others.ts'
import { tableSections } from './report-table.ts'
import type { Profile } from './schema.ts'
import { summaryOf } from './summary.ts'

export { headline } from './headline.ts'

export type Report = { markdown: string; chart?: { name: string; svg: string } }

/** A report in Markdown. The chart, when there is one, is to be written beside it under `chart.name`. */
export function reportFor(profile: Profile): Report {
  const data = chooseChart(profile)
  const name = `chart-${slugOf(profile.path)}.svg`
  const chart = data && [
    '## Chart',
    `![${safe(data.title, 100)}](${name})`,
    ['```text', textBars(data), '```'].join('\n'),
  ]
  const blocks = [
    `# ${safe(profile.path, 120) || 'A file'}`,
    summaryOf(profile),
    ...notesSection(profile),
    ...sectionsOf(profile),
    ...(chart ?? []),
    REHEARSAL_NOTE,
  ]
  return { markdown: `${blocks.join('\n\n')}\n`, ...(data ? { chart: { name, svg: barChart(data) } } : {}) }
}

function sectionsOf(profile: Profile): string[] {
  switch (profile.kind) {
    case 'table':
      return tableSections(profile)
    case 'json':
      return jsonSections(profile)
    case 'text':
      return textSections(profile)
    case 'code':
      return codeSections(profile)
    case 'opaque':
      return opaqueSections()
    default:
      return profile satisfies never
  }
}

function notesSection(profile: Profile): string[] {
  const inside = profile.kind === 'json' ? (profile.table?.notes ?? []) : []
  const notes = [...new Set([...profile.notes, ...inside])]
  if (notes.length === 0) return isClean(profile) ? ['No gaps, duplicate ids or broken rows were found.'] : []
  return ['## Worth knowing', notes.map((note) => `- ${safe(capitalised(note), 300)}`).join('\n')]
}

function isClean(profile: Profile): boolean {
  const table = tableIn(profile)
  return table !== undefined && table.rows > 0 && table.columns.every(({ missing }) => missing === 0)
}

/** A name that is safe in a path and in a link. */
function slugOf(path: string): string {
  const base = baseName(path).replace(/\.[^.]*$/, '')
  const slug = base
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 60)
    .replace(/^-+|-+$/g, '')
  return slug || 'file'
}
