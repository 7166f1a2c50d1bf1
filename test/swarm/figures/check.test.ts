import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { figureCheck } from '../../../src/swarm/figures/check.ts'
import { citedFigures } from '../../../src/swarm/figures/cited.ts'

const missing = (answer: string, ...texts: string[]) => {
  const check = figureCheck(answer)
  for (const text of texts) check.see(text)
  return check.missing()
}

describe('what an answer cites', () => {
  test.each<[string, string, string[]]>([
    ['amounts and shares', 'Churn rose from 3.1 % to 4.4% on $12,300.', ['3.1 %', '4.4 %', '12,300']],
    ['German amounts', 'Es sind 1.204,50 € und 12,5 Prozent.', ['1.204,50', '12,5 %']],
    ['narrow spaces and apostrophes', 'Il y a 1 204 lignes et 1’311.', ['1 204', '1’311']],
    ['whole numbers from ten on', 'There are 9 plans and 10 agents.', ['10']],
    ['a small share or amount', 'It is 5 % and $7.', ['5 %', '7']],
    ['decimals below ten', 'A ratio of 0.8.', ['0.8']],
    ['millions', 'About 1.2 million.', ['1.2']],
    ['numbers of a list of them', 'Rows: 1204,1311,905.', ['1204', '1311', '905']],
    ['the same figure once', '58 rows. All 58 rows.', ['58']],
    ['a decimal that ends a sentence', 'It rose to 24.5.', ['24.5']],
    ['a number before a month that is none', 'We saw 120 marches.', ['120']],
  ])('%s', (_, answer, figures) => {
    expect(citedFigures(answer).map((figure) => figure.text)).toEqual(figures)
  })

  test.each<[string, string]>([
    ['years', 'Between 2024 and 2026, and since 1999.'],
    [
      'dates of any writing',
      '2026-03-19, 19.03.2026, 3/19/2026, 2026-03, 12 February 2026, February 12, 19. März.',
    ],
    ['a German short date', 'Die Datei endet am 19.03. schon.'],
    ['times', 'At 14:30 and 2026-03-19T14:30:59.'],
    ['numbers of a list', '1. First\n2) Second\n  12. Twelfth\n- 13. so'],
    ['numbered headings', '## 3.12 Results\n# 10. More'],
    ['places in a text', 'See p. 12, pages 14–16, line 120, Zeile 44, section 3.2, No. 17, row 1204.'],
    ['names', 'C-1138, Q3, GPT-55, utf-16, A4, v2.10, B_77'],
    ['files and addresses', 'final/report-12.md, churn-2026.csv, [x](https://a.b/c/1234), https://a.b/12345'],
    ['versions', 'It runs 1.24.3.'],
    ['counts on fingers', 'Three plans, 2 files, 9 agents.'],
    ['the whole and the nothing', '100 % of them, 0 % of those, 0 rows.'],
    ['ordinals', 'The 12th and the 21st.'],
    ['notes', 'So it says.[12] And here.[^13]'],
  ])('are not %s', (_, answer) => {
    expect(citedFigures(answer).map((figure) => figure.text)).toEqual([])
  })
})

describe('a figure is found', () => {
  test.each<[string, string, string]>([
    ['as it stands', 'There are 1,204 rows.', 'rows: 1204'],
    ['in a line of a table', 'Solo has 145.', '2026-01-03,solo,145,20.5,17'],
    ['at the end of such a line', 'It is 20.5.', '3,145,20.5'],
    ['in German writing', 'It is 1,204.50 in all.', 'Summe: 1.204,50'],
    ['in English writing', 'Es sind 1.204,50 €.', '"sum": 1204.5'],
    ['rounded to its digits', 'Churn is 4.4 %.', 'churn_percent\n4.4137'],
    ['rounded up at the half', 'It is 2.3.', '2.25'],
    ['as a share of a fraction', 'Churn is 4.4 %.', '{"churn":0.0441}'],
    ['as a fraction of a share', 'The rate is 0.044.', 'churn 4.4 %'],
    ['rounded to hundreds', 'About 12,300 rows.', '12,304 rows'],
    ['in millions', 'Revenue was 1.2 million.', 'revenue,1204330'],
    ['out of millions', 'Umsatz 1.200.000 €.', 'Umsatz: 1,2 Mio. €'],
    ['in billions', 'It is 4,5 Mrd. Euro.', '4500000000'],
    ['whatever its sign', 'It fell by 3.2 points.', '-3.2'],
    ['with narrow spaces', 'Il y a 1\u202f204 lignes.', '1204'],
    ['grouped by apostrophes', 'Es sind 1’311.', '1311.00'],
    ['beside a sum that is right', 'That is 1,204 + 1,311 = 2,515 rows.', '1204 1311'],
    ['behind brackets and shares', '(30 - 12) / 12 = 150 %', '30 and 12'],
    ['behind a German sum', 'Das sind 1.204,5 − 4,5 = 1.200.', '1204,5; 4,5'],
    ['behind a rounded quotient', '52 / 61 ≈ 0.85', '52 61'],
  ])('%s', (_, answer, text) => {
    expect(missing(answer, text)).toEqual([])
  })

  test.each<[string, string, string, string[]]>([
    ['stands nowhere', 'There are 1,204 rows.', 'rows: 1311', ['1,204']],
    ['was rounded the wrong way', 'Churn is 4.5 %.', '4.4137', ['4.5 %']],
    ['is more exact than what there is', 'It is 4.4137.', '4.4', ['4.4137']],
    ['is ten times too large', 'It is 12,040.', '1204', ['12,040']],
    ['has its digits in another order', 'It is 1,240.', '1204 1,420', ['1,240']],
    ['is a part of a longer number', 'It is 204.', '1204 20.4 2041', ['204']],
    ['comes of a wrong sum', '1,204 + 1,311 = 2,615', '1204 1311', ['2,615']],
    ['comes of parts that stand nowhere', '700 + 44 = 744', '744', ['700', '44']],
    ['is a share of a tenth', 'It is 44 %.', '4.4', ['44 %']],
  ])('not when it %s', (_, answer, text, figures) => {
    expect(missing(answer, text)).toEqual(figures)
  })

  test('in any of several texts, and by what is known of them', () => {
    expect(missing('58 rows, 12.5 % and 77.', 'rows 58', 'share 0.125')).toEqual(['77'])
    const check = figureCheck('58 rows.')
    check.know(58)
    expect(check.missing()).toEqual([])
  })
})

describe('any number', () => {
  const shown = [
    (n: number, digits: number) => n.toLocaleString('en-US', { minimumFractionDigits: digits }),
    (n: number, digits: number) => n.toLocaleString('de-DE', { minimumFractionDigits: digits }),
    (n: number, digits: number) => n.toLocaleString('fr-FR', { minimumFractionDigits: digits }),
    (n: number, digits: number) => n.toFixed(digits),
  ]
  const writing = fc.constantFrom(...shown)
  const number = fc.record({
    cents: fc.integer({ min: 1_000, max: 10 ** 12 }),
    digits: fc.constantFrom(0, 1, 2),
  })

  test('is found however the answer and the text write it', () => {
    fc.assert(
      fc.property(number, writing, writing, ({ cents, digits }, one, other) => {
        const value = Math.round(cents / 10 ** (2 - digits)) / 10 ** digits
        expect(missing(`It is ${one(value, digits)} in all.`, `x;${other(value, digits)};y`)).toEqual([])
      }),
      { numRuns: 500 },
    )
  })

  test('is found by its rounding, and by nothing that is further away than that', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 100_000, max: 10 ** 9 }),
        fc.integer({ min: 6, max: 60 }),
        (tenths, away) => {
          const exact = tenths / 1_000
          const cited = exact.toFixed(1)
          expect(missing(`Now ${cited} of them.`, String(exact))).toEqual([])
          const other = (Math.round(exact * 10) / 10 + away / 100).toFixed(2)
          expect(missing(`Now ${cited} of them.`, `about ${other}`)).toEqual([cited])
        },
      ),
      { numRuns: 500 },
    )
  })
})
