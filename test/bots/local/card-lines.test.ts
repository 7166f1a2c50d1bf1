import fc from 'fast-check'
import stringWidth from 'string-width'
import { describe, expect, test } from 'vitest'
import { cardLines } from '../../../src/bots/local/card-lines.ts'
import { truncate } from '../../../src/bots/local/width.ts'
import type { CardRow } from '../../../src/core/chat.ts'
import { jobStates } from '../../../src/core/job-states.ts'
import { taskStates } from '../../../src/core/words.ts'
import { card, cardRow, hostileTexts } from '../../contracts/messages.ts'

const example = card({
  title: 'Comparing three churn exports',
  done: 3,
  total: 5,
  rows: [
    cardRow({
      title: 'January',
      state: 'done',
      activity: '1,204 rows, two columns with gaps',
      costMicroUsd: 80_000,
    }),
    cardRow({
      title: 'February',
      state: 'done',
      activity: '1,311 rows, one duplicate id',
      costMicroUsd: 90_000,
    }),
    cardRow({
      title: 'March',
      state: 'running',
      activity: 'counting cancellations by plan',
      step: 4,
      costMicroUsd: 50_000,
    }),
    cardRow({ title: 'Compare', waitsFor: ['January', 'February', 'March'] }),
    cardRow({ title: 'Check', waitsFor: ['Compare'] }),
  ],
})

test('the card reads as the design shows it', () => {
  expect(cardLines(example, { columns: 68, color: false })).toEqual([
    'Comparing three churn exports · 3 of 5 · $0.42 of $5.00',
    '  ✓ January   1,204 rows, two columns with gaps               $0.08',
    '  ✓ February  1,311 rows, one duplicate id                    $0.09',
    '  ◐ March     counting cancellations by plan · step 4         $0.05',
    '  ○ Compare   waits for the three above',
    '  ○ Check     waits for Compare',
  ])
})

test('the header says what the job is likely to cost, as long as that may be true', () => {
  const estimate = { leastMicroUsd: 200_000, mostMicroUsd: 600_000 }
  const header = (part: Parameters<typeof card>[0]) =>
    cardLines(card({ title: 'A', done: 0, total: 0, rows: [], estimate, ...part }), {
      columns: 90,
      color: false,
    })[0]
  expect(header({ costMicroUsd: 10_000 })).toBe('A · $0.01 of $5.00 · about $0.20 to $0.60 in all')
  expect(header({ costMicroUsd: 420_000 })).toBe('A · $0.42 of $5.00 · about $0.42 to $0.60 in all')
  expect(header({ costMicroUsd: 600_000 })).toBe('A · $0.60 of $5.00 · about $0.60 in all')
  expect(header({ costMicroUsd: 610_000 })).toBe('A · $0.61 of $5.00')
  expect(header({ state: 'done', endedAtMs: 1, costMicroUsd: 10_000 })).not.toContain('about')
})

test('the header says who has read a reply', () => {
  const header = (said: { heardBy: number; to?: string }) =>
    cardLines(card({ title: 'A', rows: [], said }), { columns: 90, color: false })[0]
      ?.split(' · ')
      .at(-1)
  expect(header({ heardBy: 0 })).toBe('your reply is on its way')
  expect(header({ heardBy: 2 })).toBe('your reply was read by 2 agents')
  expect(header({ heardBy: 0, to: 'Churn\u001b[31m March' })).toBe('your reply is on its way to Churn March')
  expect(header({ heardBy: 1, to: 'Churn March' })).toBe('your reply was read by Churn March')
})

test('a narrow card keeps titles, money and cap', () => {
  expect(cardLines(example, { columns: 40, color: false })).toEqual([
    'Comparing three churn exports',
    '  3 of 5 · $0.42 of $5.00',
    '  ✓ January   1,204 rows, two c…  $0.08',
    '  ✓ February  1,311 rows, one d…  $0.09',
    '  ◐ March     counting cancella…  $0.05',
    '  ○ Compare   waits for the thr…',
    '  ○ Check     waits for Compare',
  ])
  expect(cardLines(example, { columns: 20, color: false })).toEqual([
    'Comparing three ch…',
    '  3 of 5',
    '  $0.42 of $5.00',
    '  ✓ January   $0.08',
    '  ✓ February  $0.09',
    '  ◐ March     $0.05',
    '  ○ Compare',
    '  ○ Check',
  ])
})

test('a text is cut by its width in columns, between graphemes', () => {
  expect(truncate('中文标题', 8)).toBe('中文标题')
  expect(truncate('中文标题', 7)).toBe('中文标…')
  expect(truncate('中文标题', 6)).toBe('中文…')
  expect(truncate('中', 1)).toBe('…')
  expect(truncate('👍🏽👍🏽', 3)).toBe('👍🏽…')
  expect(truncate('ab', 0)).toBe('')
  expect(truncate('', 5)).toBe('')
})

describe('the header names the state', () => {
  test.each([
    ['held', undefined, 'waiting for money'],
    ['received', undefined, 'starting'],
    ['gathering', undefined, 'reading the files'],
    ['planning', undefined, 'planning'],
    ['suspended', 'question', 'waiting for your answer'],
    ['suspended', 'approval', 'waiting for your approval'],
    ['suspended', 'cap', 'paused at the cap of $5.00'],
    ['suspended', undefined, 'paused'],
    ['synthesizing', undefined, 'writing the answer'],
    ['done', undefined, 'done'],
    ['failed', undefined, 'failed'],
    ['cancelled', undefined, 'stopped'],
  ] as const)('%s, %s: %s', (state, reason, words) => {
    const [header] = cardLines(card({ title: 'Brief', state, reason }), { columns: 100, color: false })
    expect(header).toBe(`Brief · ${words} · 1 of 3 · $0.42 of $5.00`)
  })

  test('before there is a plan no progress is claimed', () => {
    expect(
      cardLines(card({ title: 'Brief', state: 'planning', rows: [] }), { columns: 80, color: false }),
    ).toEqual(['Brief · planning · $0.42 of $5.00'])
  })
})

describe('a waiting row says for whom', () => {
  const waits = (waitsFor: string[], before = ['A', 'B', 'C', 'D', 'E']) => {
    const rows = [
      ...before.map((title) => cardRow({ title, state: 'running' })),
      cardRow({ title: 'Last', waitsFor }),
    ]
    return cardLines(card({ rows }), { columns: 80, color: false }).at(-1)
  }
  test.each([
    [['E'], 'waits for E'],
    [['D', 'E'], 'waits for the two above'],
    [['A', 'B', 'C', 'D', 'E'], 'waits for the five above'],
    [['A', 'C'], 'waits for A and C'],
    [['A', 'C', 'D', 'E'], 'waits for A, C and 2 more'],
    [[], 'waits for its turn'],
    [['gone'], 'waits for its turn'],
  ])('%j: %s', (waitsFor, words) => {
    expect(waits(waitsFor)).toContain(`Last  ${words}`)
  })
})

describe('a card that is taller than the screen', () => {
  const rows = Array.from({ length: 50 }, (_, index) =>
    cardRow({ title: `Task ${index + 1}`, state: index < 30 ? 'done' : index < 35 ? 'running' : 'waiting' }),
  )
  test('keeps the rows that move with their neighbours and counts the others', () => {
    const lines = cardLines(card({ rows }), { columns: 80, height: 10, color: false })
    expect(lines).toHaveLength(10)
    expect(lines.slice(1, -1).map((line) => line.slice(4, 11).trim())).toEqual(
      [29, 30, 31, 32, 33, 34, 35, 36].map((number) => `Task ${number}`),
    )
    expect(lines.at(-1)).toBe('  … 42 more: 28 done, 14 waiting')
  })
  test('fits a screen of five lines', () => {
    const lines = cardLines(card({ rows }), { columns: 80, height: 4, color: false })
    expect(lines).toHaveLength(4)
    expect(lines.at(-1)).toBe('  … 48 more: 3 running, 30 done, 15 waiting')
  })
  test('is whole where there is no limit', () => {
    expect(cardLines(card({ rows }), { columns: 80, color: false })).toHaveLength(51)
  })
})

test('the sign of a running row turns, and nothing else changes', () => {
  const frames = [0, 1, 2, 3, 4].map(
    (frame) => cardLines(example, { columns: 80, color: false, frame })[3]?.[2],
  )
  expect(frames).toEqual(['◐', '◓', '◑', '◒', '◐'])
})

describe.each([20, 40, 80, 200])('at %d columns', (columns) => {
  const text = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 80 }),
    fc.string({ unit: 'binary', maxLength: 80 }),
    fc.constantFrom(...hostileTexts),
  )
  const row: fc.Arbitrary<CardRow> = fc.record({
    key: fc.string(),
    title: text,
    state: fc.constantFrom(...taskStates),
    activity: text,
    step: fc.nat(60),
    costMicroUsd: fc.nat(50_000_000),
    waitsFor: fc.array(fc.string(), { maxLength: 3 }),
  })
  test('no line is too wide, none is missing, and the money can be read, whatever the titles are', () => {
    const cards = fc.tuple(
      text,
      fc.array(row, { maxLength: 30 }),
      fc.constantFrom(...jobStates),
      fc.integer({ min: 4, max: 40 }),
    )
    fc.assert(
      fc.property(cards, ([title, rows, state, height]) => {
        const given = card({ title, rows, state })
        const lines = cardLines(given, { columns, height, color: false })
        for (const line of lines) {
          expect(stringWidth(line)).toBeLessThan(columns)
          expect(line).not.toMatch(/\p{Cc}|[\u202a-\u202e]/u)
        }
        expect(lines.length).toBeLessThanOrEqual(height)
        expect(lines.join('\n')).toContain('$0.42 of $5.00')
        const whole = cardLines(given, { columns, color: false })
        if (whole.length <= height) expect(lines).toEqual(whole)
      }),
      { numRuns: 60 },
    )
  })
})
