/** A file as it came in a multipart body: `files[index]`. */
export interface Upload {
  index: string
  name: string
  contentType: string
  bytes: Buffer
  description: string | undefined
  title: string | undefined
}

/** A file's name as Discord keeps it: no spaces, no letters that do not belong in an address. */
export function uploadName({ name }: { name: string }): string {
  const kept = name.replaceAll(/\s+/g, '_').replaceAll(/[^\w.-]/g, '')
  return kept === '' || kept.startsWith('.') ? `file${kept}` : kept
}

/** The name that was given, where Discord had to change it. */
export function titleOf(upload: Upload): string | undefined {
  if (upload.title !== undefined) return upload.title
  return uploadName(upload) === upload.name ? undefined : upload.name.replace(/\.[^.]*$/, '')
}

const types: Record<string, string> = {
  csv: 'text/csv; charset=utf-8',
  gif: 'image/gif',
  html: 'text/html; charset=utf-8',
  jpg: 'image/jpeg',
  json: 'application/json; charset=utf-8',
  md: 'text/markdown; charset=utf-8',
  pdf: 'application/pdf',
  png: 'image/png',
  txt: 'text/plain; charset=utf-8',
  zip: 'application/zip',
}

export function contentTypeOf(name: string, given?: string): string {
  if (given && given !== 'application/octet-stream') return given
  return types[name.split('.').at(-1)?.toLowerCase() ?? ''] ?? 'application/octet-stream'
}
