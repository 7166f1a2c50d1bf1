import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareProfiles } from '../../../../../src/swarm/models/rehearsal/analysis/compare.ts'
import { parseProfile, profileFile } from '../../../../../src/swarm/models/rehearsal/analysis/profile.ts'
import { answerQuestion, questionsIn } from '../../../../../src/swarm/models/rehearsal/analysis/questions.ts'
import { headline, reportFor } from '../../../../../src/swarm/models/rehearsal/analysis/report.ts'
import { column, table } from './support.ts'

type Style = { thousands: string; decimal: string; delimiter: string }
const STYLES: Style[] = [
  { thousands: ',', decimal: '.', delimiter: ',' },
  { thousands: '.', decimal: ',', delimiter: ';' },
]

/** Written by hand here, so that the reading is checked against another's writing. */
function written(cents: bigint, { thousands, decimal }: Style): string {
  const digits = (cents < 0n ? -cents : cents).toString().padStart(3, '0')
  let whole = digits.slice(0, -2)
  const groups: string[] = []
  while (whole.length > 3) {
    groups.unshift(whole.slice(-3))
    whole = whole.slice(0, -3)
  }
  return `${cents < 0n ? '-' : ''}${[whole, ...groups].join(thousands)}${decimal}${digits.slice(-2)}`
}

function inCents(decimal: string): bigint {
  const [whole = '', fraction = ''] = decimal.split('.')
  return BigInt(whole + fraction.padEnd(2, '0'))
}

const NAMES = ['a.csv', 'a.tsv', 'a.txt', 'a.md', 'a.json', 'a.ndjson', 'a.ts', 'a.py', 'a.bin', '', 'x/.y']
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 400 }),
  fc.string({
    unit: fc.constantFrom(
      'a',
      '1',
      ',',
      ';',
      '"',
      '\n',
      '\r',
      '.',
      '-',
      '€',
      '/',
      '\ud800',
      '=',
      '#',
      ' ',
      '`',
      '|',
    ),
    maxLength: 400,
  }),
  fc.json({ maxDepth: 4 }),
)

describe('for any input', () => {
  it('the sum of a column and the sums of its groups equal the exact sum, in either way of writing', () => {
    const rows = fc.array(
      fc.record({
        plan: fc.constantFrom('Solo', 'Team', 'Studio'),
        cents: fc.bigInt({ min: -(10n ** 14n), max: 10n ** 14n }),
      }),
      { minLength: 1, maxLength: 60 },
    )
    fc.assert(
      fc.property(rows, fc.constantFrom(...STYLES), fc.boolean(), (given, style, quoted) => {
        const cell = (text: string) => (quoted || text.includes(style.delimiter) ? `"${text}"` : text)
        const lines = given.map(({ plan, cents }) =>
          [plan, cell(written(cents, style))].join(style.delimiter),
        )
        const profile = table([['plan', 'amount'].join(style.delimiter), ...lines].join('\n'))
        const expected = given.reduce((sum, { cents }) => sum + cents, 0n)
        expect(inCents(column(profile, 'amount').numbers?.sum ?? '')).toBe(expected)
        const groups = profile.groups.find(({ by }) => by === 'plan')
        groups?.labels.forEach((label, at) => {
          const ofGroup = given
            .filter(({ plan }) => plan === label)
            .reduce((sum, { cents }) => sum + cents, 0n)
          expect(inCents(groups.sums[0]?.sums[at] ?? '')).toBe(ofGroup)
        })
      }),
      { numRuns: 300 },
    )
  })

  it('nothing throws, every profile keeps to the schema and survives JSON', () => {
    fc.assert(
      fc.property(anyText, fc.constantFrom(...NAMES), fc.boolean(), (text, path, truncated) => {
        const profile = profileFile({ path, text, mediaType: 'text/plain', truncated })
        expect(parseProfile(JSON.stringify(profile))).toEqual(profile)
        const { markdown } = reportFor(profile)
        expect(markdown.isWellFormed()).toBe(true)
        expect(headline(profile).length).toBeLessThanOrEqual(60)
      }),
      { numRuns: 1_500 },
    )
  })

  it('comparisons and answers never throw and never come without words', () => {
    const profiles = fc.array(fc.tuple(anyText, fc.constantFrom(...NAMES)), { maxLength: 4 })
    fc.assert(
      fc.property(profiles, anyText, (files, question) => {
        const all = files.map(([text, path], at) =>
          profileFile({ path: `${at}${path}`, text, mediaType: '' }),
        )
        const { highlights } = compareProfiles(all)
        expect(highlights.length).toBeGreaterThanOrEqual(2)
        expect(highlights.length).toBeLessThanOrEqual(5)
        expect(answerQuestion(question, all).answer).not.toBe('')
        expect(questionsIn(question).length).toBeLessThanOrEqual(10)
      }),
      { numRuns: 300 },
    )
  })
})
