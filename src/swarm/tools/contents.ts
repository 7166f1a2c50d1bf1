import { imageSize } from 'image-size'
import type { ToolContext, WorkspaceFile } from '../../core/workspace.ts'
import { decodeText, type Encoding } from '../workspace/decode-text.ts'
import { isTextType, mediaTypeOf } from '../workspace/media-type.ts'
import { indexLines, type LineIndex } from './lines.ts'
import { type PdfContents, pdfText } from './pdf-text.ts'

/** What a model would look at instead of reading it. */
export type Pages = Omit<PdfContents, 'text'>

/** A file's contents as a tool can use them. A PDF is text, but not text that can be written back. */
export type Contents =
  | { kind: 'text'; text: string; lines: LineIndex; encoding: Encoding; isExtracted: false }
  | ({ kind: 'text'; text: string; lines: LineIndex; isExtracted: true } & Pages)
  /** A PDF without any text. */
  | ({ kind: 'scan' } & Pages)
  | { kind: 'image'; mediaType: string; width: number; height: number }
  | { kind: 'binary'; mediaType: string; head: Uint8Array }
  | { kind: 'unreadable'; why: string }

export type OpenContents = (
  file: WorkspaceFile,
  context: Pick<ToolContext, 'workspace' | 'signal'>,
) => Promise<Contents>

const sniffBytes = 65_536
const shownBytes = 32
/** What a provider takes as a picture. */
const pictures = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp'])

/**
 * Opens files of workspaces and keeps the last ones by their hash, so that reading a large file in ranges decodes it
 * once. Holds at most `keepBytes` of text. Throws what `Workspace.read` throws, and the abort.
 */
export function createContents(input: { keepBytes?: number } = {}): OpenContents {
  const keepBytes = input.keepBytes ?? 128_000_000
  const kept = new Map<string, Contents>()
  let heldBytes = 0

  return async (file, context) => {
    const known = kept.get(file.sha256)
    if (known !== undefined) {
      kept.delete(file.sha256)
      kept.set(file.sha256, known)
      return known
    }
    const bytes = await context.workspace.read(file.path, context.signal)
    const contents = await open(file, bytes, context.signal)
    if (kept.has(file.sha256) || weight(contents) > keepBytes) return contents
    kept.set(file.sha256, contents)
    heldBytes += weight(contents)
    for (const [sha256, oldest] of kept) {
      if (heldBytes <= keepBytes) break
      kept.delete(sha256)
      heldBytes -= weight(oldest)
    }
    return contents
  }
}

/** Two bytes for a character, and something for the rest. */
function weight(contents: Contents): number {
  return 1_000 + (contents.kind === 'text' ? contents.text.length * 2 : 0)
}

async function open(file: WorkspaceFile, bytes: Uint8Array, signal: AbortSignal): Promise<Contents> {
  const mediaType = mediaTypeOf(file.path, bytes.subarray(0, sniffBytes))
  const binary: Contents = { kind: 'binary', mediaType, head: bytes.slice(0, shownBytes) }
  if (isTextType(mediaType)) {
    const { text, encoding } = decodeText(bytes)
    // Began like text and went on as something else: its bytes as windows-1252 would be mojibake.
    if (encoding === 'windows-1252' && bytes.includes(0)) {
      return { ...binary, mediaType: 'application/octet-stream' }
    }
    return { kind: 'text', text, lines: indexLines(text), encoding, isExtracted: false }
  }
  if (mediaType === 'application/pdf') {
    const pdf = await pdfText(bytes, signal)
    if ('why' in pdf) return { kind: 'unreadable', why: pdf.why }
    const { text, ...pages } = pdf
    if (text === undefined) return { kind: 'scan', ...pages }
    return { kind: 'text', text, lines: indexLines(text), isExtracted: true, ...pages }
  }
  return pictures.has(mediaType) ? picture(mediaType, bytes) : binary
}

function picture(mediaType: string, bytes: Uint8Array): Contents {
  try {
    const { width, height } = imageSize(bytes)
    if (width > 0 && height > 0) return { kind: 'image', mediaType, width, height }
  } catch {
    // The library's words are about bytes; the sentence below says what it means.
  }
  return { kind: 'unreadable', why: `The picture is broken: it begins as ${mediaType} but has no size.` }
}
