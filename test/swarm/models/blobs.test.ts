import { expect, test } from 'vitest'
import type { DocumentPart, ImagePart, Message, ModelRequest } from '../../../src/core/model.ts'
import { documentName, loadBlobs } from '../../../src/swarm/models/wire/blobs.ts'
import { requestOf } from './transcripts.ts'

const { signal } = new AbortController()
const rules = { imageBytes: 3, documentBytes: 5, requestBytes: 10, tokensPerPicture: 1 }
const image = (sha256: string, mediaType = 'image/png'): ImagePart => ({ type: 'image', mediaType, sha256 })
const pdf = (sha256: string, name = 'a.pdf'): DocumentPart => {
  return { type: 'document', mediaType: 'application/pdf', sha256, name, pages: 1, textBytes: 0 }
}

/** A request with these blobs, each of as many bytes as the number in its hash. */
function requestWith(parts: readonly (ImagePart | DocumentPart)[]): {
  request: ModelRequest
  read: string[]
} {
  const read: string[] = []
  const messages: Message[] = [{ role: 'user', parts }]
  const readBlob = async (sha256: string) => {
    read.push(sha256)
    return new Uint8Array(Number(/\d+/.exec(sha256)))
  }
  return { request: requestOf(messages, { readBlob }), read }
}

async function shownOf(parts: readonly (ImagePart | DocumentPart)[], some: Partial<typeof rules> = {}) {
  const { read, request } = requestWith(parts)
  const show = await loadBlobs(request, { rules: { ...rules, ...some }, signal })
  return { read, shown: parts.map((part) => show(part) !== undefined) }
}

test('each is read once, and shown if the provider takes one of its size and kind', async () => {
  const parts = [
    image('i3'),
    image('i4'),
    image('i3'),
    pdf('d4'),
    pdf('d6'),
    image('i0'),
    image('t1', 'image/tiff'),
  ]
  const { read, shown } = await shownOf(parts)
  expect(shown).toEqual([true, false, true, true, false, false, false])
  expect(read).toEqual(['i3', 'i4', 'd4', 'd6', 'i0'])
})

test('what would make the request too large is left out, the later before the earlier', async () => {
  const parts = [pdf('d5'), pdf('e4'), pdf('d5'), image('i1'), image('i2')]
  expect((await shownOf(parts)).shown).toEqual([true, true, false, true, false])
  // What was shown stays shown when more comes.
  expect((await shownOf(parts.slice(0, 2))).shown).toEqual([true, true])
})

test('a kind that the provider does not take is not read', async () => {
  const none = await shownOf([pdf('d1'), image('i1')], { documentBytes: 0 })
  expect(none).toEqual({ read: ['i1'], shown: [false, true] })
})

test.each([
  ['a.pdf', 'a.pdf'],
  ['A.PDF', 'A.PDF'],
  ['scan', 'scan.pdf'],
  [' ', 'document.pdf'],
  ['\ud83d', '\ufffd.pdf'],
  [`${'x'.repeat(300)}.pdf`, `${'x'.repeat(196)}.pdf`],
])('the name %j is sent as %j', (name, sent) => {
  expect(documentName(pdf('d', name))).toBe(sent)
})
