import { describe, expect, it } from 'vitest'
import { meantAnswer } from '../../src/core/people.ts'

describe('the number of a choice', () => {
  it.each([
    ['1', 'this'],
    [' 2. ', 'that'],
    ['2)', 'that'],
    ['3', '3'],
    ['0', '0'],
    ['12', '12'],
    ['that', 'that'],
    ['1 of them', '1 of them'],
  ])('%j means %j', (said, meant) => {
    expect(meantAnswer(['this', 'that'], said)).toBe(meant)
  })
})
