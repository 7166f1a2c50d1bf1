import type { DocumentPart, ImagePart, ModelRequest, Part, ResultPart } from '../../../core/model.ts'

const imageTypes = ['image/jpeg', 'image/png', 'image/gif', 'image/webp'] as const
type ImageType = (typeof imageTypes)[number]

type BlobPart = ImagePart | DocumentPart

/** What a provider takes of pictures and PDFs, in bytes of the files. 0: none of that kind. */
export interface BlobRules {
  imageBytes: number
  documentBytes: number
  /** All pictures and PDFs of one request together. */
  requestBytes: number
  /** The most that a picture costs, or a page of a PDF beside its text. */
  tokensPerPicture: number
}

/** The bytes of a picture or a PDF as base64; `undefined` for one that the provider would refuse. */
export type ShowBlob = (part: BlobPart) => string | undefined

/** What stands in the place of a picture or a PDF, so that one too many does not end a task. */
export const hiddenImage = '(An image that cannot be shown here: its format or its size is not supported.)'
export const hiddenDocument =
  '(A PDF that cannot be shown here: this model takes none, or not one so large beside the others.)'

/**
 * Reads every picture and PDF of a request, each once. What would make the request too large is left out, the later
 * before the earlier, so that a transcript that grows keeps its beginning. The result knows the very parts of
 * `request`, not copies of them. Throws what the store throws.
 */
export async function loadBlobs(
  request: ModelRequest,
  options: { rules: BlobRules; signal: AbortSignal },
): Promise<ShowBlob> {
  const { rules, signal } = options
  const read = new Map<string, { bytes: number; base64: string } | undefined>()
  const shown = new Map<BlobPart, string>()
  let room = rules.requestBytes
  for (const part of blobsOf(request, rules)) {
    if (!read.has(part.sha256)) read.set(part.sha256, await readOne(request, part, { rules, signal }))
    const blob = read.get(part.sha256)
    if (!blob || blob.bytes > room) continue
    room -= blob.bytes
    shown.set(part, blob.base64)
  }
  return (part) => shown.get(part)
}

/** The pictures and PDFs of a request of the kinds that a provider takes, in order. */
export function blobsOf(request: ModelRequest, rules: BlobRules): BlobPart[] {
  return request.messages
    .flatMap((message) => message.parts)
    .flatMap((part): readonly (Part | ResultPart)[] => (part.type === 'tool_result' ? part.content : [part]))
    .filter((part) => part.type === 'image' || part.type === 'document')
    .filter((part) => isTaken(part, rules))
}

export function imageTypeOf(part: ImagePart): ImageType | undefined {
  return imageTypes.find((type) => type === part.mediaType)
}

/** A PDF's name as providers take it: some go by its ending. */
export function documentName(part: DocumentPart): string {
  const name = part.name.toWellFormed().slice(-200).toWellFormed().trim() || 'document'
  return /\.pdf$/i.test(name) ? name : `${name}.pdf`
}

export function isTaken(part: BlobPart, rules: BlobRules): boolean {
  if (part.type === 'document') return rules.documentBytes > 0
  return rules.imageBytes > 0 && imageTypeOf(part) !== undefined
}

async function readOne(
  request: ModelRequest,
  part: BlobPart,
  options: { rules: BlobRules; signal: AbortSignal },
): Promise<{ bytes: number; base64: string } | undefined> {
  const { rules, signal } = options
  const content = await request.readBlob(part.sha256, signal)
  const bytes = content.byteLength
  const fits = bytes > 0 && bytes <= (part.type === 'document' ? rules.documentBytes : rules.imageBytes)
  return fits ? { bytes, base64: Buffer.from(content).toString('base64') } : undefined
}
