import { cut, inWords, plain, plural } from './prose.ts'
import type { JsonProfile, Profile, TableProfile } from './schema.ts'

const LONGEST = 60

/** A row for a progress card, at most 60 characters: what the file is, and the first thing to know about it. */
export function headline(profile: Profile): string {
  return plain(words(profile), LONGEST)
}

function words(profile: Profile): string {
  switch (profile.kind) {
    case 'table':
      return joined(plural(profile.rows, 'row'), oddityOf(profile))
    case 'json':
      return jsonWords(profile)
    case 'text':
      return joined(
        plural(profile.words, 'word'),
        profile.headingCount > 0 ? plural(profile.headingCount, 'heading') : undefined,
        profile.todos.openCount > 0 ? inWords(profile.todos.openCount, 'open to-do') : undefined,
      )
    case 'code':
      return joined(
        `${plural(profile.lines.total, 'line')} of ${profile.language}`,
        profile.nameCount > 0 ? plural(profile.nameCount, 'name') : undefined,
        profile.todos.length > 0 ? inWords(profile.todos.length, 'to-do') : undefined,
      )
    case 'opaque':
      return cut(`not readable: ${profile.what}`, LONGEST)
    default:
      return profile satisfies never
  }
}

function jsonWords({ error, table, keyCount, depth }: JsonProfile): string {
  if (error) return `not valid JSON: ${error.message} in line ${error.line}`
  if (table) return joined(plural(table.rows, 'record'), oddityOf(table))
  return joined(plural(keyCount, 'key'), `${plural(depth, 'level')} deep`)
}

/** The oddity that matters most, in a few words. */
function oddityOf(table: TableProfile): string {
  const duplicates = table.ids.reduce((sum, { duplicateCount }) => sum + duplicateCount, 0)
  const gaps = table.columns.filter(({ missing, filled }) => missing > 0 && filled > 0).length
  if (!table.complete) return 'only the beginning read'
  if (duplicates > 0) return inWords(duplicates, 'duplicate id')
  const stops = table.columns.find(({ name }) =>
    table.notes.some((note) => note.startsWith(`"${plain(name)}" ends on`)),
  )
  if (stops?.dates) return `dates end on ${stops.dates.latest}`
  if (table.notes.some((note) => note.startsWith('broken quotes'))) return 'broken quotes'
  if (table.duplicateRows > 0) return inWords(table.duplicateRows, 'repeated row')
  if (gaps > 0) return `${inWords(gaps, 'column')} with gaps`
  return plural(table.columns.length, 'column')
}

function joined(...parts: (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined).join(', ')
}
