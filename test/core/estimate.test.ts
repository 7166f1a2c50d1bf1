import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { estimatePlan } from '../../src/core/estimate.ts'
import { freeOfCharge, usd } from '../../src/core/prices.ts'
import { type Tier, tiers } from '../../src/core/words.ts'
import { planOf } from '../storage/support/jobs.ts'

const sonnet = usd(2, 0.1, 2.5, 10)
const haiku = usd(1, 0.1, 1.25, 5)
const files = [
  { path: 'inputs/small.csv', bytes: 4_000 },
  { path: 'inputs/large.csv', bytes: 40_000_000 },
]
const one = planOf({ a: [] })
const of = (named: string[], tier: Tier = 'standard') => ({
  ...one,
  tasks: one.tasks.map((task) => ({ ...task, files: named, tier })),
})
const priceOf = () => sonnet

describe('an estimate of a plan', () => {
  it('is what two steps over the file cost at least, to the micro-dollar', () => {
    // 3,000 written and 250 said; then 3,250 read again, 1,000 of the file and 200 more written, 250 said.
    const least = 3_000 * 2.5 + 250 * 10 + (3_250 * 0.1 + 1_200 * 2.5 + 250 * 10)
    expect(estimatePlan({ plan: of(['inputs/small.csv']), files, priceOf })?.leastMicroUsd).toBe(least)
  })

  it('is more with more files, but a file that nobody could read whole counts no more than one can', () => {
    const most = (named: string[]) => estimatePlan({ plan: of(named), files, priceOf })?.mostMicroUsd ?? 0
    expect(most(['inputs/large.csv'])).toBeGreaterThan(most(['inputs/small.csv']))
    expect(most([])).toBe(most(['inputs/large.csv']))
    expect(most(['inputs/large.csv'])).toBeLessThan(600_000)
  })

  it('counts the thread that every agent begins with', () => {
    const of1 = { plan: of(['inputs/small.csv']), files, priceOf }
    const [without, with4000] = [estimatePlan(of1), estimatePlan({ ...of1, threadBytes: 4_000 })]
    // 1,000 tokens more are written once and read again once.
    const more = 1_000 * 2.5 + 1_000 * 0.1
    expect((with4000?.leastMicroUsd ?? 0) - (without?.leastMicroUsd ?? 0)).toBeCloseTo(more, 6)
  })

  it('goes by the price of each task’s tier', () => {
    const byTier = (tier: Tier) => (tier === 'quick' ? haiku : sonnet)
    const costOf = (tier: Tier) =>
      estimatePlan({ plan: of([], tier), files: [], priceOf: byTier })?.leastMicroUsd ?? 0
    expect(costOf('quick')).toBeLessThan(costOf('standard'))
  })

  it('says nothing where nothing costs', () => {
    expect(estimatePlan({ plan: one, files, priceOf: () => freeOfCharge })).toBeUndefined()
  })

  it('is never more at least than at most, and grows with every task', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ tier: fc.constantFrom(...tiers), all: fc.boolean() }), {
          minLength: 1,
          maxLength: 20,
        }),
        fc.nat(50_000_000),
        (tasks, bytes) => {
          const [first] = one.tasks
          if (!first) return false
          const some = (many: number) =>
            estimatePlan({
              plan: {
                title: '',
                tasks: tasks
                  .slice(0, many)
                  .map(({ all, tier }) => ({ ...first, tier, files: all ? [] : ['none'] })),
              },
              files: [{ path: 'a', bytes }],
              priceOf,
            }) ?? { leastMicroUsd: 0, mostMicroUsd: 0 }
          const whole = some(tasks.length)
          const part = some(tasks.length - 1)
          return (
            whole.leastMicroUsd <= whole.mostMicroUsd &&
            (tasks.length === 1 ||
              (part.leastMicroUsd < whole.leastMicroUsd && part.mostMicroUsd < whole.mostMicroUsd))
          )
        },
      ),
    )
  })
})
