import { posix } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LoomError } from '../../../src/core/errors.ts'
import { earlierInputName, normalizePath, safeInputName } from '../../../src/swarm/workspace/path.ts'

const rightToLeft = '\u202e'
const zeroWidth = '\u200b'

/** Text that tries: separators, dots, invisible characters, accents in two spellings, whole scripts. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '/',
        '\\',
        '.',
        '..',
        ' ',
        'C:',
        '\0',
        '\n',
        rightToLeft,
        zeroWidth,
        '\ud800',
        '😀',
        'con',
        'e\u0301',
      ),
      fc.string({ unit: 'binary', maxLength: 8 }),
      fc.string({ unit: 'grapheme', maxLength: 40 }),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''))

describe('a path that an agent writes to', () => {
  it.each([
    ['report.md', 'report.md'],
    ['final/churn by plan.csv', 'final/churn by plan.csv'],
    ['./final/report.md', 'final/report.md'],
    ['a//b', 'a/b'],
    ['.env', '.env'],
    ['notes/..hidden', 'notes/..hidden'],
    ['😀/🎉.txt', '😀/🎉.txt'],
    ['cafe\u0301.md', 'café.md'],
    ['contents.md', 'contents.md'],
  ])('%j is %j', (given, normal) => {
    expect(normalizePath(given)).toBe(normal)
  })

  it.each([
    '',
    '.',
    './',
    '..',
    '../x',
    'a/../../b',
    'a/..',
    'a/./b',
    '/etc/passwd',
    '//host/share',
    'C:\\x',
    'c:x',
    './c:/x',
    'a\\b',
    'a/',
    'a\0b',
    'a\nb',
    'a\u009fb',
    `report${rightToLeft}dm.exe`,
    `a${zeroWidth}b`,
    '\ufeffa',
    'a\ud800',
    'a\u2028b',
    'a.',
    'a ',
    ' a',
    'a /b',
    '...',
    'con',
    'CON.txt',
    'a/nul/b',
    'x'.repeat(300),
    `${'é'.repeat(121)}`,
  ])('%j is refused as invalid input', (given) => {
    expect(() => normalizePath(given)).toThrow(expect.objectContaining({ kind: 'invalid_input' }))
  })

  it('never leaves the workspace, and normalizing twice changes nothing', () => {
    fc.assert(
      fc.property(hostile, (given) => {
        let normal: string
        try {
          normal = normalizePath(given)
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(LoomError)
          return
        }
        expect(normalizePath(normal)).toBe(normal)
        expect(posix.resolve('/workspace', normal).startsWith('/workspace/')).toBe(true)
        expect(posix.normalize(normal)).toBe(normal)
        expect(Buffer.byteLength(normal)).toBeLessThanOrEqual(240)
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('the name of a file that a person sent', () => {
  it.each([
    ['churn.csv', 'inputs/churn.csv'],
    ['../x', 'inputs/x'],
    ['/etc/passwd', 'inputs/passwd'],
    ['C:\\x', 'inputs/x'],
    ['C:x', 'inputs/C_x'],
    ['a/../../b', 'inputs/b'],
    ['a//b', 'inputs/b'],
    ['folder/', 'inputs/folder'],
    ['con', 'inputs/_con'],
    ['NUL.csv', 'inputs/_NUL.csv'],
    ['.', 'inputs/file'],
    ['..', 'inputs/file'],
    ['', 'inputs/file'],
    ['   ', 'inputs/file'],
    ['a\tb\0c.csv', 'inputs/abc.csv'],
    [`report${rightToLeft}fdp.exe`, 'inputs/reportfdp.exe'],
    ['what? *now*: "x".csv', 'inputs/what_ _now__ _x_.csv'],
    ['naïve 日本語 😀.csv', 'inputs/naïve 日本語 😀.csv'],
    ['cafe\u0301.md', 'inputs/café.md'],
    ['report.md. .', 'inputs/report.md'],
    ['.env', 'inputs/.env'],
  ])('%j becomes %j', (given, safe) => {
    expect(safeInputName(given, new Set())).toBe(safe)
  })

  it('numbers duplicates before the extension', () => {
    const taken = new Set<string>()
    const names = Array.from({ length: 3 }, () => safeInputName('churn.csv', taken))
    expect(names).toEqual(['inputs/churn.csv', 'inputs/churn-2.csv', 'inputs/churn-3.csv'])
    expect(safeInputName('churn-2.csv', taken)).toBe('inputs/churn-2-2.csv')
  })

  it('shortens 300 characters and keeps the extension, for duplicates too', () => {
    const taken = new Set<string>()
    for (const name of [`${'x'.repeat(296)}.csv`, `${'é'.repeat(296)}.csv`, `${'😀'.repeat(296)}.csv`]) {
      for (let round = 0; round < 12; round += 1) {
        const safe = safeInputName(name, taken)
        expect(Buffer.byteLength(safe)).toBeLessThanOrEqual(240)
        expect(safe.endsWith('.csv')).toBe(true)
        expect(safe.isWellFormed()).toBe(true)
      }
    }
    expect(taken.size).toBe(36)
  })

  it('is always unique and always a path that stays as it is', () => {
    fc.assert(
      fc.property(fc.array(hostile, { minLength: 1, maxLength: 20 }), (names) => {
        const taken = new Set<string>()
        const safe = names.map((name) => safeInputName(name, taken))
        expect(new Set(safe).size).toBe(names.length)
        for (const path of safe) {
          expect(normalizePath(path)).toBe(path)
          expect(path.split('/').length).toBe(2)
          expect(path.startsWith('inputs/')).toBe(true)
        }
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('the name of what an earlier job made', () => {
  it.each([
    ['final/report.md', 'inputs/earlier/report.md'],
    ['final/may/report.md', 'inputs/earlier/may/report.md'],
    ['inputs/earlier/may/report.md', 'inputs/earlier/may/report.md'],
    [`final/${'x'.repeat(200)}/report.md`, 'inputs/earlier/report.md'],
  ])('%j becomes %j', (given, name) => {
    expect(earlierInputName(given, new Set())).toBe(name)
  })

  it('stands apart from what people gave, and from others of its kind', () => {
    const taken = new Set<string>()
    expect([safeInputName('report.md', taken), earlierInputName('final/report.md', taken)]).toEqual([
      'inputs/report.md',
      'inputs/earlier/report.md',
    ])
    expect(earlierInputName('final/report.md', taken)).toBe('inputs/earlier/report-2.md')
    expect(safeInputName('earlier/report.md', taken)).toBe('inputs/report-2.md')
  })
})
