import type { ModelRequest, Part, ResultPart } from '../../../core/model.ts'

const imageTypes = ['image/jpeg', 'image/png', 'image/gif', 'image/webp'] as const
interface ShownImage {
  mediaType: (typeof imageTypes)[number]
  base64: string
}

/** An image's bytes for the wire; `undefined` for one that the provider would refuse. */
export type ShowImage = (part: { mediaType: string; sha256: string }) => ShownImage | undefined

/** What stands in an image's place, so that one picture too many does not end a task. */
export const hiddenImage = '(An image that cannot be shown here: its format or its size is not supported.)'

/** Takes the place of the bytes where only the shape of a request matters, as when it is counted. */
export const blankImage: ShowImage = ({ mediaType }) => {
  const known = imageTypes.find((type) => type === mediaType)
  return known && { mediaType: known, base64: '' }
}

/** Reads every image of a request, each once. Throws what the store throws. */
export async function loadImages(
  request: ModelRequest,
  options: { maxBytes: number; signal: AbortSignal },
): Promise<ShowImage> {
  const loaded = new Map<string, string | undefined>()
  for (const { mediaType, sha256 } of imagesOf(request)) {
    if (loaded.has(sha256) || !imageTypes.some((type) => type === mediaType)) continue
    const bytes = await request.readBlob(sha256, options.signal)
    const fits = bytes.byteLength > 0 && bytes.byteLength <= options.maxBytes
    loaded.set(sha256, fits ? Buffer.from(bytes).toString('base64') : undefined)
  }
  return (part) => {
    const base64 = loaded.get(part.sha256)
    const blank = blankImage(part)
    return blank && base64 !== undefined ? { ...blank, base64 } : undefined
  }
}

export function imagesOf(request: ModelRequest): { mediaType: string; sha256: string }[] {
  return request.messages
    .flatMap((message) => message.parts)
    .flatMap((part): readonly (Part | ResultPart)[] => (part.type === 'tool_result' ? part.content : [part]))
    .filter((part) => part.type === 'image')
}
