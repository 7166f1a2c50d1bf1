import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Message, ModelRequest } from '../../../src/core/model.ts'
import { createAnthropic } from '../../../src/swarm/models/anthropic/index.ts'
import { toRequest as toAnthropic } from '../../../src/swarm/models/anthropic/to-request.ts'
import { createCompatible } from '../../../src/swarm/models/compatible/index.ts'
import { toRequest as toCompatible } from '../../../src/swarm/models/compatible/to-request.ts'
import { createOpenAi } from '../../../src/swarm/models/openai/index.ts'
import { toRequest as toOpenAi } from '../../../src/swarm/models/openai/to-request.ts'
import type { ShowBlob } from '../../../src/swarm/models/wire/blobs.ts'
import { anyMessages, readTool, requestOf, said } from './transcripts.ts'

const image: Message = {
  role: 'user',
  parts: [{ type: 'image', mediaType: 'image/png', sha256: 'a'.repeat(64) }],
}

const pdf: Message = {
  role: 'user',
  parts: [
    {
      type: 'document',
      mediaType: 'application/pdf',
      sha256: 'b'.repeat(64),
      name: 'a.pdf',
      pages: 7,
      textBytes: 12_345,
    },
  ],
}

const toRequestOf: Record<string, (input: { request: ModelRequest; show: ShowBlob }) => unknown> = {
  anthropic: toAnthropic,
  openai: toOpenAi,
  compatible: toCompatible,
}
const own = { baseUrl: 'http://localhost:11434/v1', apiKey: undefined }
const models = [
  createAnthropic({ apiKey: 'k' }),
  createOpenAi({ apiKey: 'k' }),
  createCompatible({ ...own, images: true }),
]

describe.each(models)('the bound of $provider', (model) => {
  const count = (...args: Parameters<typeof requestOf>) => model.countTokens(requestOf(...args))

  test.each([
    'Churn rose from 3.1 % to 4.4 %, nearly all of it in the Solo plan. ',
    '0123456789.98,7;6',
    'aGVsbG8gd29ybGQgaGVsbG8gd29ybGQ+/=',
    '解約率は三・一％から四・四％に上昇した。',
    '𝕏📈🏳️‍🌈',
    'ᚠᛇᚻ᛫ᛒᛦᚦ',
  ])('is never below a token for each byte: %s', (text) => {
    const words = text.repeat(500)
    const bytes = Buffer.byteLength(words)
    for (const messages of [
      [said(words)],
      [said('a'), { role: 'assistant' as const, parts: said(words).parts }],
    ]) {
      expect(count(messages)).toBeGreaterThanOrEqual(bytes)
    }
    expect(count([said('a')], { system: words })).toBeGreaterThanOrEqual(bytes)
    expect(count([said('a')], { tools: [{ ...readTool, description: words }] })).toBeGreaterThanOrEqual(bytes)
    expect(count([said(words)])).toBeLessThan(bytes * 1.1 + 3_000)
  })

  test('is never below the bytes that are sent, whatever the transcript', () => {
    const show = (part: Parameters<ShowBlob>[0]) => (part.mediaType === 'image/tiff' ? undefined : '')
    fc.assert(
      fc.property(anyMessages, (messages) => {
        const request = requestOf(messages)
        const body = toRequestOf[model.provider]?.({ request, show })
        // What the provider adds of its own is no part of the body.
        expect(count(messages) - 1_280).toBeGreaterThanOrEqual(Buffer.byteLength(JSON.stringify(body)))
      }),
      { numRuns: 300 },
    )
  })

  test('measures a message once: what stays is not read again', () => {
    const long = said('x'.repeat(100_000))
    const reads = { count: 0 }
    const parts = new Proxy(long.parts, {
      get(target, key, receiver) {
        if (key === 'length' || key === 'reduce') reads.count += 1
        return Reflect.get(target, key, receiver)
      },
    })
    const once = { ...long, parts }
    const before = count([once])
    const read = reads.count
    expect(read).toBeGreaterThan(0)
    expect(count([once, said('more')])).toBeGreaterThan(before)
    expect(reads.count).toBe(read)
  })

  test('is a whole number for any transcript, and does not fall when one is added', () => {
    fc.assert(
      fc.property(anyMessages, fc.string({ minLength: 1 }), (messages, more) => {
        const before = count(messages)
        expect(Number.isSafeInteger(before)).toBe(true)
        // What closes a transcript that ends with an assistant's turn is the same in both.
        expect(count([...messages, said(`>${more}`)])).toBeGreaterThanOrEqual(before - 'Go on.'.length)
      }),
    )
  })

  test('holds what an image can cost, without reading it', () => {
    const readBlob = () => Promise.reject(new Error('not while counting'))
    const one = count([said('Look.'), image], { readBlob })
    const two = count([said('Look.'), image, image], { readBlob })
    expect(two - one).toBeGreaterThanOrEqual(4_784)
  })

  test('holds the text and every page of a PDF where it is sent, without reading it', () => {
    const readBlob = () => Promise.reject(new Error('not while counting'))
    const one = count([said('Look.'), pdf], { readBlob })
    const two = count([said('Look.'), pdf, pdf], { readBlob })
    if (model.provider === 'compatible') expect(two - one).toBeLessThan(500)
    else expect(two - one).toBeGreaterThanOrEqual(12_345 + 7 * 4_784)
  })

  test('holds the words that a provider adds for tools', () => {
    const gain = count([said('Hi')]) - count([said('Hi')], { tools: [] })
    expect(gain).toBeGreaterThan(800 + JSON.stringify(readTool).length)
  })
})

test('what a server of one’s own is not shown costs no more than the words for it', () => {
  const blind = createCompatible({ ...own, images: false })
  const count = (messages: Message[]) => blind.countTokens(requestOf(messages))
  expect(count([said('Look.'), image, image]) - count([said('Look.'), image])).toBeLessThan(500)
})
