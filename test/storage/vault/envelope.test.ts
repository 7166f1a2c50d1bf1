import { randomBytes, randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LoomError } from '../../../src/core/errors.ts'
import { keyPurposes } from '../../../src/core/words.ts'
import { createSealer, newDataKey } from '../../../src/storage/vault/envelope.ts'

const label = 'messages.body:01a2'
const fresh = (part: Partial<Parameters<typeof createSealer>[0]> = {}) =>
  createSealer({ tenantId: randomUUID(), purpose: 'content', dataKey: newDataKey(), ...part })

function fault(work: () => unknown): LoomError {
  try {
    work()
  } catch (error) {
    if (error instanceof LoomError) return error
    throw error
  }
  throw new Error('it opened')
}

describe('an envelope', () => {
  it('gives back every text and every byte it was given', () => {
    const sealer = fresh()
    fc.assert(
      fc.property(
        fc.string(),
        fc.string({ unit: 'binary' }),
        fc.uint8Array({ maxLength: 500 }),
        (at, text, bytes) => {
          expect(sealer.openText(at, sealer.seal(at, text))).toBe(text)
          expect(sealer.open(at, sealer.seal(at, bytes)).equals(bytes)).toBe(true)
        },
      ),
    )
    expect(sealer.openText(label, sealer.seal(label, ''))).toBe('')
    const large = randomBytes(2_000_000)
    expect(sealer.open(label, sealer.seal(label, large)).equals(large)).toBe(true)
  })

  it('opens from a view into a larger buffer, as a driver may hand it over', () => {
    const sealer = fresh()
    const sealed = sealer.seal(label, 'hello')
    const wide = new Uint8Array(sealed.length + 20)
    wide.set(sealed, 7)
    expect(sealer.openText(label, wide.subarray(7, 7 + sealed.length))).toBe('hello')
  })

  it('begins with version, purpose and key id, and is 38 bytes longer than what it holds', () => {
    const dataKey = newDataKey()
    for (const [index, purpose] of keyPurposes.entries()) {
      const sealed = fresh({ purpose, dataKey }).seal(label, 'x'.repeat(100))
      expect(sealed.subarray(0, 10)).toEqual(Buffer.concat([Buffer.from([1, index]), dataKey.id]))
      expect(sealed).toHaveLength(138)
    }
  })

  it('never looks the same twice, and shows nothing of the text', () => {
    const sealer = fresh()
    const sealed = Array.from({ length: 200 }, () => sealer.seal(label, 'the same words'))
    expect(new Set(sealed.map((value) => value.toString('hex'))).size).toBe(200)
    expect(sealed.filter((value) => value.includes('same'))).toEqual([])
  })

  describe('that was moved', () => {
    const [tenantId, dataKey] = [randomUUID(), newDataKey()]
    const sealed = fresh({ tenantId, dataKey }).seal(label, 'secret')
    const elsewhere: [string, () => unknown][] = [
      ['to another row', () => fresh({ tenantId, dataKey }).open('messages.body:01a3', sealed)],
      ['to another column', () => fresh({ tenantId, dataKey }).open('jobs.title:01a2', sealed)],
      ['to another tenant with the same key', () => fresh({ dataKey }).open(label, sealed)],
      [
        'to another purpose with the same key',
        () => fresh({ tenantId, dataKey, purpose: 'chat' }).open(label, sealed),
      ],
      ['under another key', () => fresh({ tenantId }).open(label, sealed)],
      [
        'under another key of the same id',
        () => fresh({ tenantId, dataKey: { id: dataKey.id, key: randomBytes(32) } }).open(label, sealed),
      ],
    ]
    it.each(elsewhere)('%s does not open', (_, open) => {
      const error = fault(open)
      expect(error).toMatchObject({ kind: 'corrupt', retryable: false })
      expect(`${error.message} ${error.detail}`).not.toContain('01a')
    })
  })

  it('does not open after any single bit has changed, or when its end or beginning is missing', () => {
    const sealer = fresh()
    const sealed = sealer.seal(label, 'a short text')
    for (let bit = 0; bit < sealed.length * 8; bit += 1) {
      const bent = Buffer.from(sealed)
      bent[bit >> 3] = (bent[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(fault(() => sealer.open(label, bent)).kind).toBe('corrupt')
    }
    for (let length = 0; length < sealed.length; length += 1) {
      expect(fault(() => sealer.open(label, sealed.subarray(0, length))).kind).toBe('corrupt')
      expect(fault(() => sealer.open(label, sealed.subarray(sealed.length - length))).kind).toBe('corrupt')
    }
    expect(fault(() => sealer.open(label, Buffer.concat([sealed, Buffer.alloc(1)]))).kind).toBe('corrupt')
  })
})

describe('a keyed hash', () => {
  it('is the same for the same words, and another for another word, label, key or border between them', () => {
    const dataKey = newDataKey()
    const [one, two] = [fresh({ dataKey }), fresh({ dataKey })]
    expect(one.hash('path', 'a').equals(two.hash('path', 'a'))).toBe(true)
    const others = [
      one.hash('path', 'b'),
      one.hash('paths', 'a'),
      one.hash('pat', 'ha'),
      fresh().hash('path', 'a'),
    ]
    for (const other of others) expect(other.equals(one.hash('path', 'a'))).toBe(false)
    expect(one.hash('path', 'a')).toHaveLength(32)
  })
})
