import { randomBytes, randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LoomError } from '../../src/core/errors.ts'
import { createLinks, threadTag } from '../../src/core/links.ts'

const secret = randomBytes(32)
const made = Date.UTC(2026, 10, 22)
const ttlMs = 7 * 86_400_000
const [tenantId, artifactId] = [randomUUID(), randomUUID()]

const linksAt = (now: number, key = secret) =>
  createLinks({ key, baseUrl: 'https://loom.test', now: () => now, ttlMs })
const keyOf = (url: string) => new URL(url).searchParams.get('k') ?? ''
const key = keyOf(linksAt(made).sign({ tenantId, artifactId }))
const kindOf = (work: () => unknown): string => {
  try {
    work()
  } catch (error) {
    if (error instanceof LoomError) return error.kind
    throw error
  }
  return 'opened'
}

describe('a link to an artifact', () => {
  it('names the artifact, and its key gives back tenant and moment', () => {
    const url = new URL(linksAt(made).sign({ tenantId, artifactId }))
    expect(`${url.origin}${url.pathname}`).toBe(`https://loom.test/a/${artifactId}`)
    expect(linksAt(made).verify({ artifactId, key })).toEqual({ tenantId, artifactId, issuedAtMs: made })
  })

  it('holds for any tenant, artifact and moment', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.uuid(), fc.nat({ max: 4_000_000_000_000 }), (tenant, artifact, now) => {
        const signed = keyOf(linksAt(now).sign({ tenantId: tenant, artifactId: artifact }))
        expect(signed).toMatch(/^[\w-]{51}$/)
        expect(linksAt(now + ttlMs - 1).verify({ artifactId: artifact, key: signed })).toEqual({
          tenantId: tenant,
          artifactId: artifact,
          issuedAtMs: now,
        })
      }),
    )
  })

  it('is forbidden with any bit of its key changed: another tenant, another moment, another seal', () => {
    const bytes = Buffer.from(key, 'base64url')
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const bent = Buffer.from(bytes)
      bent[bit >> 3] = (bent[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(kindOf(() => linksAt(made).verify({ artifactId, key: bent.toString('base64url') }))).toBe(
        'forbidden',
      )
    }
  })

  it('is forbidden for another artifact, under another secret, cut anywhere or made longer', () => {
    expect(kindOf(() => linksAt(made).verify({ artifactId: randomUUID(), key }))).toBe('forbidden')
    expect(kindOf(() => linksAt(made, randomBytes(32)).verify({ artifactId, key }))).toBe('forbidden')
    for (let length = 0; length < key.length; length += 1) {
      expect(kindOf(() => linksAt(made).verify({ artifactId, key: key.slice(0, length) }))).toBe('forbidden')
    }
    for (const longer of [`${key}AAAA`, `AAAA${key}`, `${key}${key}`]) {
      expect(kindOf(() => linksAt(made).verify({ artifactId, key: longer }))).toBe('forbidden')
    }
  })

  it('is forbidden for whatever else somebody may send', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(kindOf(() => linksAt(made).verify({ artifactId, key: text }))).toBe('forbidden')
      }),
    )
  })

  it('opens until the last millisecond of its time, and then says that it has expired', () => {
    expect(kindOf(() => linksAt(made + ttlMs - 1).verify({ artifactId, key }))).toBe('opened')
    expect(kindOf(() => linksAt(made + ttlMs).verify({ artifactId, key }))).toBe('not_found')
  })

  describe('made for a thread', () => {
    const thread = 'slack:C1:1700000000.000100'
    const bound = keyOf(linksAt(made).sign({ tenantId, artifactId, thread }))

    it('does not expire, and says for which thread without naming it', () => {
      const link = linksAt(made + 100 * ttlMs).verify({ artifactId, key: bound })
      expect(link).toEqual({ tenantId, artifactId, issuedAtMs: made, threadTag: threadTag(thread) })
      expect(threadTag(thread)).toMatch(/^[0-9a-f]{16}$/)
    })

    it('is forbidden with any bit changed, and none of its bytes make a link without a thread', () => {
      const bytes = Buffer.from(bound, 'base64url')
      for (let bit = 0; bit < bytes.length * 8; bit += 1) {
        const bent = Buffer.from(bytes)
        bent[bit >> 3] = (bent[bit >> 3] ?? 0) ^ (1 << (bit & 7))
        expect(kindOf(() => linksAt(made).verify({ artifactId, key: bent.toString('base64url') }))).toBe(
          'forbidden',
        )
      }
      for (let length = 0; length < bound.length; length += 1) {
        expect(kindOf(() => linksAt(made).verify({ artifactId, key: bound.slice(0, length) }))).toBe(
          'forbidden',
        )
      }
    })
  })
})
