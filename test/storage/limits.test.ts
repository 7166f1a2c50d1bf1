import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LimitKind } from '../../src/core/model.ts'
import { drawLimits, type LimitAsk } from '../../src/storage/limits/draw.ts'
import { learnLimits } from '../../src/storage/limits/learn.ts'
import { describeOneServer } from '../support/store.ts'
import { only, useBed } from './support/bed.ts'

describeOneServer('a bucket of a provider’s limit', (server) => {
  const bed = useBed(server)
  const store = () => bed().store('loom_worker')
  let buckets = 0
  const fresh = () => {
    buckets += 1
    return `bucket-${buckets}`
  }

  /** Fills so slowly that the time a test takes is nothing; time that counts is made by `pass`. */
  const perSecond = 1e-6
  const learn = (bucket: string, part: { capacity?: number; left?: number; blockMs?: number } = {}) => {
    const { blockMs = 0, capacity = 100, left = capacity } = part
    return learnLimits(store(), { bucket, blockMs, facts: [{ kind: 'requests', capacity, perSecond, left }] })
  }
  const ask = async (bucket: string, part: Partial<LimitAsk>) => {
    const nothing = { kind: 'requests', need: 0, ahead: 0, back: 0, left: undefined } as const
    return only(await drawLimits(store(), { bucket, asks: [{ ...nothing, ...part }] }))
  }
  const pass = (bucket: string, seconds: number) =>
    bed()
      .admin`update loom_shared.provider_limits set as_of = as_of - ${seconds} * interval '1 second' where bucket = ${bucket}`

  it('is not there until a provider spoke of it: then nothing is limited', async () => {
    const asks: LimitAsk[] = [{ kind: 'requests', need: 5, ahead: 5, back: 0, left: undefined }]
    expect(await drawLimits(store(), { bucket: fresh(), asks })).toEqual([])
  })

  it('gives a share ahead from its upper half, and from its lower half what is needed', async () => {
    const bucket = fresh()
    await learn(bucket)
    expect((await ask(bucket, { need: 1, ahead: 19 })).granted).toBeCloseTo(20)
    expect((await ask(bucket, { need: 10, ahead: 50 })).granted).toBeCloseTo(30)
    expect((await ask(bucket, { need: 10, ahead: 50 })).granted).toBeCloseTo(10)
    expect((await ask(bucket, { need: 45 })).granted).toBeCloseTo(40)
    expect(await ask(bucket, { need: 1 })).toMatchObject({ granted: expect.closeTo(0), blockedMs: 0 })
  })

  it('fills without a break, up to what it holds and no further', async () => {
    const bucket = fresh()
    await learn(bucket, { left: 0 })
    await pass(bucket, 12.5 / perSecond)
    expect((await ask(bucket, { need: 100 })).granted).toBeCloseTo(12.5)
    await pass(bucket, 1e9)
    expect((await ask(bucket, {})).level).toBeCloseTo(100)
  })

  it('believes the provider that less is left, and never that more is', async () => {
    const bucket = fresh()
    await learn(bucket, { left: 60 })
    expect((await ask(bucket, { left: 90 })).level).toBeCloseTo(60)
    expect((await ask(bucket, { left: 7 })).level).toBeCloseTo(7)
    await learn(bucket, { left: 100 })
    expect((await ask(bucket, {})).level).toBeCloseTo(7)
    await learn(bucket, { left: 3 })
    expect((await ask(bucket, {})).level).toBeCloseTo(3)
  })

  it('takes back what was not spent, no more than fits, and what was spent beyond the share', async () => {
    const bucket = fresh()
    await learn(bucket)
    await ask(bucket, { need: 80 })
    expect((await ask(bucket, { back: 30 })).level).toBeCloseTo(50)
    expect((await ask(bucket, { back: 500 })).level).toBeCloseTo(100)
    expect((await ask(bucket, { back: -130, need: 1 })).granted).toBeCloseTo(0)
    expect((await ask(bucket, {})).level).toBeCloseTo(-30)
  })

  it('gives nothing while a provider wants to be left alone, whoever asks', async () => {
    const bucket = fresh()
    await learn(bucket)
    await learn(bucket, { left: 50, blockMs: 60_000 })
    const refused = await ask(bucket, { need: 1 })
    expect(refused.granted).toBe(0)
    expect(refused.blockedMs).toBeGreaterThan(30_000)
    await learn(bucket, { left: 50, blockMs: 0 })
    expect((await ask(bucket, { need: 1 })).granted).toBe(0)
    await pass(bucket, 61)
    expect((await ask(bucket, { need: 1 })).granted).toBeCloseTo(1)
  })

  it('gives a hundred that draw at once from many connections no more than it has', async () => {
    const bucket = fresh()
    await learn(bucket)
    const granted = await Promise.all(
      Array.from({ length: 100 }, async (_, index) => (await ask(bucket, { need: 1 + (index % 5) })).granted),
    )
    expect(granted.reduce((sum, each) => sum + each, 0)).toBeCloseTo(100, 1)
  })

  it('keeps its kinds and its accounts apart', async () => {
    const [ours, theirs] = [fresh(), fresh()]
    const fact = (kind: LimitKind, capacity: number) => ({ kind, capacity, perSecond, left: capacity })
    await learnLimits(store(), {
      bucket: ours,
      blockMs: 0,
      facts: [fact('output_tokens', 1_000), fact('requests', 10)],
    })
    await learn(theirs)
    const want = (kind: LimitKind): LimitAsk => ({ kind, need: 9, ahead: 0, back: 0, left: undefined })
    const asks = [want('requests'), want('tokens'), want('output_tokens')]
    const grants = await drawLimits(store(), { bucket: ours, asks })
    expect(grants.map(({ kind, level }) => [kind, Math.round(level)]).sort()).toEqual([
      ['output_tokens', 991],
      ['requests', 1],
    ])
    expect((await ask(theirs, {})).level).toBeCloseTo(100)
  })

  describe('whatever is drawn, given back and said', () => {
    it('follows the arithmetic', async () => {
      const move = fc.record({
        need: fc.nat({ max: 60 }),
        ahead: fc.nat({ max: 60 }),
        back: fc.integer({ min: -40, max: 40 }),
        left: fc.option(fc.nat({ max: 120 }), { nil: undefined }),
        filled: fc.nat({ max: 40 }),
      })
      await fc.assert(
        fc.asyncProperty(fc.array(move, { minLength: 1, maxLength: 12 }), async (moves) => {
          const bucket = fresh()
          await learn(bucket)
          let level = 100
          for (const { filled, ...part } of moves) {
            await pass(bucket, filled / perSecond)
            const full = Math.min(100, part.left ?? 100, level + part.back + filled)
            const expected = Math.max(
              0,
              Math.min(part.need, full),
              Math.min(part.need + part.ahead, full - 50),
            )
            const answer = await ask(bucket, part)
            expect(answer.granted).toBeCloseTo(expected, 2)
            expect(answer.level).toBeCloseTo(full - expected, 2)
            level = full - expected
          }
        }),
        { numRuns: 25, endOnFailure: true },
      )
    })
  })
})
