import { baseName, extensionOf } from './prose.ts'

const SAMPLE = 256 * 1024

/** Share of characters that no text has: NUL, controls, replacement characters, lone surrogates. */
export function looksBinary(text: string): boolean {
  const length = Math.min(text.length, SAMPLE)
  let strange = 0
  for (let at = 0; at < length; at += 1) {
    const code = text.charCodeAt(at)
    if (code === 0) return true
    if (code < 0x20 ? code !== 9 && code !== 10 && code !== 13 && code !== 12 : code === 0xfffd) strange += 1
  }
  return text.includes('\u0000') || (strange > 2 && strange > length * 0.03)
}

const BY_START: readonly (readonly [RegExp, string])[] = [
  [/^%PDF-/, 'a PDF whose text was not taken out'],
  [/^.PNG\r?\n/s, 'a PNG image'],
  [/^GIF8[79]a/, 'a GIF image'],
  [/^.{4,12}JFIF/s, 'a JPEG image'],
  [/^RIFF.{4,12}WEBP/s, 'a WebP image'],
  [/^PK[^ -~]{2}/, 'a ZIP archive or an Office document'],
  [/^SQLite format 3/, 'an SQLite database'],
]
const BY_TYPE: readonly (readonly [RegExp, string])[] = [
  [/^image\/svg/, 'an SVG image'],
  [/^image\//, 'an image'],
  [/^audio\//, 'a sound recording'],
  [/^video\//, 'a video'],
  [/^application\/pdf/, 'a PDF whose text was not taken out'],
  [/zip|compressed|gzip|x-tar/, 'an archive'],
  [/officedocument|msword|ms-excel|ms-powerpoint/, 'an Office document'],
]
const TEXT_EXTENSIONS = new Set(['csv', 'tsv', 'txt', 'md', 'json', 'ndjson', 'jsonl', 'log'])

/** What little is known of a file that cannot be read as text. */
export function whatIs(path: string, text: string, mediaType: string): { what: string; notes: string[] } {
  const start = text.slice(0, 64)
  const byStart = BY_START.find(([pattern]) => pattern.test(start))?.[1]
  const byType = BY_TYPE.find(([pattern]) => pattern.test(mediaType.toLowerCase()))?.[1]
  const extension = extensionOf(path)
  const notes = ['the content could not be read as text: nothing was computed from it']
  if (TEXT_EXTENSIONS.has(extension)) notes.push(`looks binary although it is named .${extension}`)
  return { what: byStart ?? byType ?? `binary data (${baseName(path).slice(0, 80)})`, notes }
}
