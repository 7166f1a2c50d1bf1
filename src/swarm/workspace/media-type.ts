import { looksLikeText } from './decode-text.ts'
import { baseName } from './file-name.ts'
import { magicType } from './magic.ts'

const textTypes: Readonly<Record<string, string>> = {
  '.csv': 'text/csv',
  '.tsv': 'text/tab-separated-values',
  '.md': 'text/markdown',
  '.markdown': 'text/markdown',
  '.html': 'text/html',
  '.htm': 'text/html',
  '.css': 'text/css',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.json': 'application/json',
  '.jsonl': 'application/x-ndjson',
  '.ndjson': 'application/x-ndjson',
  '.xml': 'application/xml',
  '.svg': 'image/svg+xml',
  '.yaml': 'application/yaml',
  '.yml': 'application/yaml',
  '.toml': 'application/toml',
  '.sql': 'application/sql',
  '.rtf': 'application/rtf',
  '.ics': 'text/calendar',
  '.vcf': 'text/vcard',
}

/**
 * What a file is, from what it holds: its first bytes (64 KB are plenty) count before its name. The extension only
 * tells kinds of text and of containers apart; what is neither known nor text is `application/octet-stream`.
 */
export function mediaTypeOf(path: string, head: Uint8Array): string {
  const extension = extensionOf(path)
  const magic = magicType(extension, head)
  if (magic !== undefined) return magic
  if (!looksLikeText(head)) return 'application/octet-stream'
  return textTypes[extension] ?? 'text/plain'
}

function extensionOf(path: string): string {
  const name = baseName(path)
  const dot = name.lastIndexOf('.')
  return dot === -1 ? '' : name.slice(dot).toLowerCase()
}

/** Whether a type of `mediaTypeOf` is read as text. */
export function isTextType(mediaType: string): boolean {
  return mediaType.startsWith('text/') || Object.values(textTypes).includes(mediaType)
}
