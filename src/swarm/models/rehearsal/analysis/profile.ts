import { profileCode } from './code.ts'
import type { Delimiter } from './delimiter.ts'
import { profileJson } from './json.ts'
import { languageOf } from './languages.ts'
import { looksBinary, whatIs } from './opaque.ts'
import { extensionOf, plural } from './prose.ts'
import { type Profile, profileSchema } from './schema.ts'
import { profileCsv, type TableSource } from './table.ts'
import { looksTabular } from './tabular.ts'
import { profileText } from './text.ts'

export {
  type ColumnProfile,
  type Profile,
  profileSchema,
  type TableProfile,
} from './schema.ts'

const TABLE_DELIMITERS: ReadonlyMap<string, Delimiter | undefined> = new Map([
  ['csv', undefined],
  ['tsv', 'tab'],
  ['tab', 'tab'],
])
const NOT_TEXT = /^(?:image\/(?!svg)|audio\/|video\/|application\/(?:pdf|zip|gzip|x-tar))/

export type FileToProfile = { path: string; text: string; mediaType: string; truncated?: boolean }

/**
 * Computes what a file holds, by content and name. Never throws, whatever the text is.
 * `truncated` says that the text is only the beginning of the file.
 */
export function profileFile({ path, text, mediaType, truncated = false }: FileToProfile): Profile {
  const bytes = Buffer.byteLength(text)
  if (text !== '' && looksBinary(text)) {
    return { kind: 'opaque', path, bytes, ...whatIs(path, text, mediaType) }
  }
  if (text.trim() === '' && NOT_TEXT.test(mediaType.toLowerCase())) {
    return { kind: 'opaque', path, bytes, ...whatIs(path, text, mediaType) }
  }
  const { notes, lines } = normalised(text)
  const source = { path, bytes, notes, truncated }
  return ofKind(source, lines, mediaType.toLowerCase())
}

function ofKind(source: TableSource, text: string, mediaType: string): Profile {
  const extension = extensionOf(source.path)
  const table = asTable(source, text, extension, mediaType)
  if (table) return table
  if (['ndjson', 'jsonl'].includes(extension) || mediaType.includes('ndjson'))
    return profileJson(source, text, 'ndjson')
  if (extension === 'json' || /[/+]json\b/.test(mediaType)) return profileJson(source, text, 'json')
  if (text.trim() === '') source.notes.push('empty file')
  const language = languageOf(extension)
  if (language) return profileCode(source, text, language)
  return profileText(
    source,
    text,
    ['md', 'markdown', 'mdx'].includes(extension) || mediaType === 'text/markdown',
  )
}

function asTable(
  source: TableSource,
  text: string,
  extension: string,
  mediaType: string,
): Profile | undefined {
  const named = TABLE_DELIMITERS.has(extension) || /^text\/(?:csv|tab-separated-values)\b/.test(mediaType)
  const plainText = ['txt', 'log', 'dat', ''].includes(extension)
  if (!named && !(plainText && looksTabular(text))) return undefined
  if (text.trim() === '') return profileCsv({ ...source, notes: [...source.notes, 'empty file'] }, '')
  const table = profileCsv(source, text, TABLE_DELIMITERS.get(extension))
  if (!table) source.notes.push('named like a table, but a line is longer than 4 MB: read as text')
  return table
}

/** One kind of line end and no byte order mark; what was changed is noted. */
function normalised(text: string): { notes: string[]; lines: string } {
  const notes: string[] = []
  let lines = text
  if (lines.startsWith('\ufeff')) {
    notes.push('begins with a byte order mark (BOM)')
    lines = lines.slice(1)
  }
  if (lines.includes('\r')) {
    const windows = lines.includes('\r\n')
    lines = lines.replace(/\r\n?/g, '\n')
    notes.push(windows ? 'Windows line ends (CRLF)' : 'old Mac line ends (CR)')
  }
  const broken = lines.match(/\ufffd/g)?.length ?? 0
  if (broken > 0)
    notes.push(`${plural(broken, 'character')} could not be decoded: the encoding may not be UTF-8`)
  if (!lines.isWellFormed()) notes.push('holds half characters (lone surrogates)')
  return { notes, lines }
}

/** Reads a profile that travelled as JSON; throws a ZodError or SyntaxError when it is none. */
export function parseProfile(json: string): Profile {
  return profileSchema.parse(JSON.parse(json))
}
