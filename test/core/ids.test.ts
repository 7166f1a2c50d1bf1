import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createIds } from '../../src/core/ids.ts'

const shape = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

describe('an id', () => {
  it('is a UUID of version 7 that begins with the milliseconds of its making', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 2 ** 48 - 1 }),
        fc.uint8Array({ minLength: 16, maxLength: 16 }),
        (now, noise) => {
          const id = createIds({ now: () => now, random: (bytes) => bytes.set(noise) })()
          expect(id).toMatch(shape)
          expect(Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)).toBe(now)
        },
      ),
    )
  })

  it('keeps every random bit that is not version or variant', () => {
    const zero = createIds({ now: () => 0, random: (bytes) => bytes.fill(0) })()
    const full = createIds({ now: () => 0, random: (bytes) => bytes.fill(255) })()
    expect(zero).toBe('00000000-0000-7000-8000-000000000000')
    expect(full).toBe('00000000-0000-7fff-bfff-ffffffffffff')
  })

  it('sorts after every id of an earlier millisecond', () => {
    let now = Date.UTC(2026, 0, 1)
    const newId = createIds({ now: () => now })
    const ids = Array.from({ length: 1_000 }, () => {
      now += 1
      return newId()
    })
    expect(ids.toSorted()).toEqual(ids)
  })

  it('is never the same twice, also within one millisecond', () => {
    const newId = createIds({ now: () => 1_700_000_000_000 })
    expect(new Set(Array.from({ length: 50_000 }, newId)).size).toBe(50_000)
  })
})
