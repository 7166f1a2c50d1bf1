import { formatCount, listed, markdownTable, plural, safe } from './prose.ts'
import { tableSections } from './report-table.ts'
import type { CodeProfile, JsonProfile, TextProfile } from './schema.ts'

const MOST_LINES = 30

export function jsonSections(profile: JsonProfile): string[] {
  if (profile.error) return []
  const keys = profile.keys
    .slice(0, MOST_LINES)
    .map(({ path, types, count }) => [safe(path), types.join(' or '), formatCount(count)])
  const arrays = profile.arrays
    .slice(0, MOST_LINES)
    .map(({ path, count, shortest, longest }) => [
      safe(path),
      formatCount(count),
      formatCount(shortest),
      formatCount(longest),
    ])
  return [
    ...(keys.length > 0
      ? [
          '## Shape',
          markdownTable(['key', 'type', 'times'], keys),
          ...more(profile.keyCount, keys.length, 'key'),
        ]
      : []),
    ...(arrays.length > 0
      ? ['## Lists', markdownTable(['list', 'times', 'shortest', 'longest'], arrays)]
      : []),
    ...(profile.table ? tableSections(profile.table) : []),
  ]
}

export function textSections(profile: TextProfile): string[] {
  const { headings, todos, dates, numbers, links, topWords, longestSection, fences } = profile
  const outline = headings.map(
    ({ level, text, line }) => `${'  '.repeat(level - 1)}- ${safe(text)} (line ${formatCount(line)})`,
  )
  const open = todos.open.map(({ text, line }) => `- [ ] ${safe(text, 160)} (line ${formatCount(line)})`)
  const done = todos.done.map(({ text, line }) => `- [x] ${safe(text, 160)} (line ${formatCount(line)})`)
  const figures = numbers
    .slice(0, MOST_LINES)
    .map(({ written, context, line }) => [safe(written), safe(context, 80), formatCount(line)])
  const days = dates
    .slice(0, MOST_LINES)
    .map(
      ({ written, iso, line }) =>
        `- ${safe(written)}${iso && iso !== written ? ` = ${iso}` : ''} (line ${formatCount(line)})`,
    )
  return [
    ...list('## Outline', outline.slice(0, MOST_LINES), profile.headingCount, 'heading'),
    ...(longestSection
      ? [
          `The longest section is “${safe(longestSection.heading)}” with ${plural(longestSection.words, 'word')}.`,
        ]
      : []),
    ...list('## Open to-dos', open.slice(0, MOST_LINES), todos.openCount, 'to-do'),
    ...list('## Done', done.slice(0, MOST_LINES), todos.doneCount, 'to-do'),
    ...list('## Dates', days, profile.dateCount, 'date'),
    ...(figures.length > 0
      ? [
          '## Numbers',
          markdownTable(['number', 'where it stands', 'line'], figures),
          ...more(profile.numberCount, figures.length, 'number'),
        ]
      : []),
    ...list(
      '## Links',
      links.slice(0, MOST_LINES).map(({ url, line }) => `- ${safe(url, 120)} (line ${formatCount(line)})`),
      profile.linkCount,
      'link',
    ),
    ...(topWords.length > 0
      ? [
          '## Words used most',
          `${topWords.map(({ value, count }) => `${safe(value)} (${formatCount(count)})`).join(', ')}.`,
        ]
      : []),
    ...(fences.length > 0
      ? [
          `${plural(fences.length, 'code block')}, in ${plural(
            fences.reduce((sum, { lines }) => sum + lines, 0),
            'line',
          )}.`,
        ]
      : []),
  ]
}

export function codeSections(profile: CodeProfile): string[] {
  const { lines, names, imports, entryPoints, todos } = profile
  const named = names.map(({ name, what, line, exported }) => [
    safe(name),
    what,
    exported ? 'yes' : '',
    formatCount(line),
  ])
  return [
    '## Lines',
    markdownTable(
      ['total', 'code', 'comment', 'blank'],
      [[lines.total, lines.code, lines.comment, lines.blank].map(formatCount)],
    ),
    ...(named.length > 0
      ? [
          '## Names',
          markdownTable(['name', 'kind', 'exported', 'line'], named),
          ...more(profile.nameCount, named.length, 'name'),
        ]
      : []),
    ...list(
      '## Imports',
      imports.map((one) => `- ${safe(one)}`),
      imports.length,
      'import',
    ),
    ...(entryPoints.length > 0 ? [`It looks like a way in: ${listed(entryPoints)}.`] : []),
    ...list(
      '## To-dos',
      todos.map(({ text, line }) => `- ${safe(text, 160)} (line ${formatCount(line)})`),
      todos.length,
      'to-do',
    ),
  ]
}

export function opaqueSections(): string[] {
  return ['Nothing in this report is guessed from its content.']
}

function list(title: string, lines: readonly string[], total: number, one: string): string[] {
  return lines.length === 0 ? [] : [title, lines.join('\n'), ...more(total, lines.length, one)]
}

function more(total: number, shown: number, one: string): string[] {
  return total > shown ? [`${plural(total - shown, `more ${one}`)} not shown.`] : []
}
