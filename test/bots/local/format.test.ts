import { expect, test } from 'vitest'
import { formatBytes, formatDuration, formatUsd, plural } from '../../../src/core/format.ts'

test.each([
  [0, '$0.00'],
  [420_000, '$0.42'],
  [12_000_000, '$12.00'],
  [1_204_500_000, '$1,204.50'],
  [400, '$0.0004'],
  [9_949, '$0.0099'],
  [9_999, '$0.01'],
  [10_000, '$0.01'],
  [50, '$0.0001'],
  [49, '<$0.0001'],
  [-420_000, '-$0.42'],
])('%d millionths of a dollar read as %s', (amount, text) => {
  expect(formatUsd(amount)).toBe(text)
})

test.each([
  [0, '0 ms'],
  [850.4, '850 ms'],
  [999.9, '999 ms'],
  [1000, '1 s'],
  [59_999, '59 s'],
  [60_000, '1 min'],
  [130_400, '2 min 10 s'],
  [3_599_999, '59 min 59 s'],
  [3_900_000, '1 h 5 min'],
  [7_200_000, '2 h'],
  [183_600_000, '2 d 3 h'],
  [-5, '0 ms'],
])('%d milliseconds read as %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text)
})

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1 KB'],
  [1204, '1.2 KB'],
  [9_960, '10 KB'],
  [12_345, '12 KB'],
  [999_499, '999 KB'],
  [999_500, '1 MB'],
  [50_000_000, '50 MB'],
  [2_500_000_000, '2.5 GB'],
  [4_000_000_000_000, '4 TB'],
])('%d bytes read as %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text)
})

test('a count agrees with its word', () => {
  expect(plural(1, 'agent')).toBe('1 agent')
  expect(plural(0, 'agent')).toBe('0 agents')
  expect(plural(1204, 'row')).toBe('1,204 rows')
  expect(plural(2, 'reply', 'replies')).toBe('2 replies')
})
