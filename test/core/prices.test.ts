import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  affordableOutputTokens,
  costMicroUsd,
  type Price,
  priceOf,
  prices,
  worstCaseMicroUsd,
} from '../../src/core/prices.ts'

const tokens = fc.nat({ max: 50_000_000 })
const usage = fc.record({
  inputTokens: tokens,
  cacheReadTokens: tokens,
  cacheWriteTokens: tokens,
  outputTokens: tokens,
})
const rate = fc.nat({ max: 100_000_000 })
const price = fc.oneof(
  fc.constantFrom(...Object.values(prices)),
  fc.record({ inputMicroUsd: rate, cacheReadMicroUsd: rate, cacheWriteMicroUsd: rate, outputMicroUsd: rate }),
)

/** The rates that hold for so much input, as the lists say it: above the bound the dearer ones, for all of it. */
function ratesOf(
  price: Price,
  used: { inputTokens: number; cacheReadTokens: number; cacheWriteTokens: number },
) {
  const input = used.inputTokens + used.cacheReadTokens + used.cacheWriteTokens
  return price.long && input > price.long.aboveTokens ? price.long : price
}

describe('what a call costs', () => {
  it('is the exact sum, rounded up once: never below what was used, never a micro-dollar above', () => {
    fc.assert(
      fc.property(price, usage, (listed, used) => {
        const rates = ratesOf(listed, used)
        const exact =
          BigInt(used.inputTokens) * BigInt(rates.inputMicroUsd) +
          BigInt(used.cacheReadTokens) * BigInt(rates.cacheReadMicroUsd) +
          BigInt(used.cacheWriteTokens) * BigInt(rates.cacheWriteMicroUsd) +
          BigInt(used.outputTokens) * BigInt(rates.outputMicroUsd)
        const cost = costMicroUsd(listed, used)
        expect(Number.isSafeInteger(cost)).toBe(true)
        expect(BigInt(cost) * 1_000_000n).toBeGreaterThanOrEqual(exact)
        expect((BigInt(cost) - 1n) * 1_000_000n).toBeLessThan(exact === 0n ? 1n : exact)
      }),
      { numRuns: 1_000 },
    )
  })

  it('of a long prompt is the dearer rate for every token of it, the output’s too, and only above the bound', () => {
    const haiku = prices['anthropic/claude-haiku-5-5']
    const luna = prices['openai/gpt-5.6-luna']
    if (!haiku || !luna) throw new Error('no such price')
    const used = {
      inputTokens: 40_000,
      cacheReadTokens: 50_000,
      cacheWriteTokens: 10_000,
      outputTokens: 1_000,
    }
    expect(costMicroUsd(haiku, used)).toBe(4_000 + 500 + 1_250 + 500)
    expect(costMicroUsd(haiku, { ...used, cacheReadTokens: 50_001 })).toBe(
      Math.ceil(20_000 + 2_500.05 + 6_250 + 2_500),
    )
    const long = { inputTokens: 272_001, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 1_000 }
    expect(costMicroUsd(luna, { ...long, inputTokens: 272_000 })).toBe(54_400 + 1_200)
    expect(costMicroUsd(luna, long)).toBe(Math.ceil(108_800.4 + 1_800))
  })

  it('reads as the list says: a million of each at a Sonnet is 3, 0.30, 3.75 and 15 dollars', () => {
    const sonnet = prices['anthropic/claude-sonnet-4-6']
    if (!sonnet) throw new Error('no such price')
    const none = { inputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 0 }
    const million = 1_000_000
    expect(costMicroUsd(sonnet, { ...none, inputTokens: million })).toBe(3_000_000)
    expect(costMicroUsd(sonnet, { ...none, cacheReadTokens: million })).toBe(300_000)
    expect(costMicroUsd(sonnet, { ...none, cacheWriteTokens: million })).toBe(3_750_000)
    expect(costMicroUsd(sonnet, { ...none, outputTokens: million })).toBe(15_000_000)
    expect(costMicroUsd(sonnet, none)).toBe(0)
    expect(costMicroUsd(sonnet, { ...none, cacheReadTokens: 1 })).toBe(1)
  })
})

describe('the worst case', () => {
  it('is never below what a call within its bounds comes to, however its input falls on the cache', () => {
    const bounded = fc.record({
      used: usage,
      spareInput: fc.nat({ max: 1_000 }),
      spareOutput: fc.nat({ max: 1_000 }),
    })
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.values(prices)),
        bounded,
        (rates, { spareInput, spareOutput, used }) => {
          const worst = worstCaseMicroUsd(rates, {
            inputTokens: used.inputTokens + used.cacheReadTokens + used.cacheWriteTokens + spareInput,
            maxOutputTokens: used.outputTokens + spareOutput,
          })
          expect(worst).toBeGreaterThanOrEqual(costMicroUsd(rates, used))
        },
      ),
      { numRuns: 1_000 },
    )
  })

  it('fits every allowance with the output tokens that it affords, and not with one more', () => {
    const allowance = fc.nat({ max: 1_000_000_000 })
    fc.assert(
      fc.property(price, fc.nat({ max: 2_000_000 }), allowance, (rates, inputTokens, allowanceMicroUsd) => {
        const maxOutputTokens = affordableOutputTokens(rates, { inputTokens, allowanceMicroUsd })
        const inputAlone = worstCaseMicroUsd(rates, { inputTokens, maxOutputTokens: 0 })
        if (maxOutputTokens < 0) {
          expect(maxOutputTokens).toBe(-1)
          expect(inputAlone).toBeGreaterThan(allowanceMicroUsd)
          return
        }
        expect(inputAlone).toBeLessThanOrEqual(allowanceMicroUsd)
        const { outputMicroUsd } = ratesOf(rates, { inputTokens, cacheReadTokens: 0, cacheWriteTokens: 0 })
        if (outputMicroUsd === 0) expect(maxOutputTokens).toBe(Number.MAX_SAFE_INTEGER)
        else {
          expect(worstCaseMicroUsd(rates, { inputTokens, maxOutputTokens })).toBeLessThanOrEqual(
            allowanceMicroUsd,
          )
          // Input and output are rounded up together: at most the one micro-dollar of the input's rounding is left over.
          const more = maxOutputTokens + 1 + Math.ceil(1_000_000 / outputMicroUsd)
          expect(worstCaseMicroUsd(rates, { inputTokens, maxOutputTokens: more })).toBeGreaterThan(
            allowanceMicroUsd,
          )
        }
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('the price list', () => {
  it('finds what it has, and nothing that merely sounds like it', () => {
    expect(priceOf('anthropic', 'claude-sonnet-4-6')).toBe(prices['anthropic/claude-sonnet-4-6'])
    expect(priceOf('anthropic', 'claude-sonnet')).toBeUndefined()
    expect(priceOf('openai', 'claude-sonnet-4-6')).toBeUndefined()
    expect(priceOf('constructor', '')).toBeUndefined()
  })

  it('is in whole micro-dollars, cache reads cheaper than input, output dearer', () => {
    const bands = Object.entries(prices).flatMap(([name, price]) =>
      [price, price.long].flatMap((rates) => (rates ? [[name, rates] as const] : [])),
    )
    for (const [name, { cacheReadMicroUsd, cacheWriteMicroUsd, inputMicroUsd, outputMicroUsd }] of bands) {
      for (const each of [cacheReadMicroUsd, cacheWriteMicroUsd, inputMicroUsd, outputMicroUsd])
        expect([name, Number.isSafeInteger(each)]).toEqual([name, true])
      expect(cacheReadMicroUsd).toBeLessThanOrEqual(inputMicroUsd)
      expect(cacheWriteMicroUsd).toBeGreaterThanOrEqual(inputMicroUsd)
      expect(outputMicroUsd).toBeGreaterThanOrEqual(inputMicroUsd)
    }
  })
})
