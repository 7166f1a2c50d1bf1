import { describe, expect, it } from 'vitest'
import { parseAmount } from '../../../src/bots/desk/cap.ts'

describe('an amount', () => {
  it.each([
    ['8', 8_000_000],
    ['$8', 8_000_000],
    [' 8,50 ', 8_500_000],
    ['8.5', 8_500_000],
    ['8 USD', 8_000_000],
    ['1200', 1_200_000_000],
    ['1,200.50', 1_200_500_000],
    ['1.200,50', 1_200_500_000],
    ['0.01', 10_000],
  ])('is read from %s', (text, microUsd) => {
    expect(parseAmount(text)).toBe(microUsd)
  })

  it.each(['', '-1', '8 euros', '1e9', '1.200', '1,200', '8.555.1', '٨', '9'.repeat(40), '8;drop'])(
    'is not read from %j, which is none or two',
    (text) => {
      expect(() => parseAmount(text)).toThrow('An amount is written in dollars, as in 8 or 8.50.')
    },
  )
})
