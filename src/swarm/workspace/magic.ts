/** What a file says about itself in its first bytes: offset and Latin-1 bytes. The first match counts. */
const signatures: readonly {
  type: string
  at: number
  bytes: string
  also?: { at: number; bytes: string }
}[] = [
  { type: 'image/png', at: 0, bytes: '\x89PNG\r\n\x1a\n' },
  { type: 'image/jpeg', at: 0, bytes: '\xff\xd8\xff' },
  { type: 'image/gif', at: 0, bytes: 'GIF87a' },
  { type: 'image/gif', at: 0, bytes: 'GIF89a' },
  { type: 'image/webp', at: 0, bytes: 'RIFF', also: { at: 8, bytes: 'WEBP' } },
  { type: 'audio/wav', at: 0, bytes: 'RIFF', also: { at: 8, bytes: 'WAVE' } },
  { type: 'image/tiff', at: 0, bytes: 'II*\0' },
  { type: 'image/tiff', at: 0, bytes: 'MM\0*' },
  { type: 'image/bmp', at: 0, bytes: 'BM', also: { at: 6, bytes: '\0\0\0\0' } },
  { type: 'image/heic', at: 4, bytes: 'ftypheic' },
  { type: 'image/heic', at: 4, bytes: 'ftypmif1' },
  { type: 'image/avif', at: 4, bytes: 'ftypavif' },
  { type: 'video/quicktime', at: 4, bytes: 'ftypqt' },
  { type: 'video/mp4', at: 4, bytes: 'ftyp' },
  { type: 'video/webm', at: 0, bytes: '\x1aE\xdf\xa3' },
  { type: 'audio/mpeg', at: 0, bytes: 'ID3' },
  { type: 'audio/ogg', at: 0, bytes: 'OggS' },
  { type: 'audio/flac', at: 0, bytes: 'fLaC' },
  { type: 'application/zip', at: 0, bytes: 'PK\x03\x04' },
  { type: 'application/zip', at: 0, bytes: 'PK\x05\x06' },
  { type: 'application/gzip', at: 0, bytes: '\x1f\x8b\x08' },
  { type: 'application/x-bzip2', at: 0, bytes: 'BZh', also: { at: 4, bytes: '1AY&SY' } },
  { type: 'application/x-xz', at: 0, bytes: '\xfd7zXZ\0' },
  { type: 'application/zstd', at: 0, bytes: '\x28\xb5\x2f\xfd' },
  { type: 'application/x-7z-compressed', at: 0, bytes: '7z\xbc\xaf\x27\x1c' },
  { type: 'application/vnd.rar', at: 0, bytes: 'Rar!\x1a\x07' },
  { type: 'application/vnd.sqlite3', at: 0, bytes: 'SQLite format 3\0' },
  { type: 'application/vnd.apache.parquet', at: 0, bytes: 'PAR1' },
  { type: 'application/x-ole-storage', at: 0, bytes: '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1' },
  { type: 'application/wasm', at: 0, bytes: '\0asm' },
  { type: 'application/x-elf', at: 0, bytes: '\x7fELF' },
]

/** Containers whose extension says more than their first bytes. */
const inside: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'application/zip': {
    '.docx': 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    '.xlsx': 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    '.pptx': 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
    '.odt': 'application/vnd.oasis.opendocument.text',
    '.ods': 'application/vnd.oasis.opendocument.spreadsheet',
    '.epub': 'application/epub+zip',
  },
  'application/x-ole-storage': { '.doc': 'application/msword', '.xls': 'application/vnd.ms-excel' },
}

const pdfWithin = 1024

/** The media type that the first bytes prove; `undefined` when they prove none. `extension` is lower case. */
export function magicType(extension: string, head: Uint8Array): string | undefined {
  const start = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, pdfWithin)).toString('latin1')
  const found = signatures.find(
    ({ at, bytes, also }) =>
      start.startsWith(bytes, at) && (also === undefined || start.startsWith(also.bytes, also.at)),
  )
  if (found !== undefined) return inside[found.type]?.[extension] ?? found.type
  return start.trimStart().startsWith('%PDF-') || (extension === '.pdf' && start.includes('%PDF-'))
    ? 'application/pdf'
    : undefined
}
