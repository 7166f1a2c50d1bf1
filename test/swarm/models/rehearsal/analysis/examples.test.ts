import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { compareProfiles } from '../../../../../src/swarm/models/rehearsal/analysis/compare.ts'
import { answerQuestion, questionsIn } from '../../../../../src/swarm/models/rehearsal/analysis/questions.ts'
import { headline } from '../../../../../src/swarm/models/rehearsal/analysis/report.ts'
import { column, profiled, table } from './support.ts'

const read = (name: string) =>
  readFileSync(new URL(`../../../../../examples/${name}`, import.meta.url), 'utf8')
const MONTHS = ['churn-january.csv', 'churn-february.csv', 'churn-march.csv']
const tables = MONTHS.map((name) => table(read(name), name))
const all = [
  ...tables,
  ...['interview-notes.md', 'pricing.json', 'signup.ts'].map((name) => profiled(name, read(name))),
]

/** The plainest reading there is: split the lines, split the cells. */
function rowsOf(name: string): string[][] {
  const lines = read(name)
    .replace('\ufeff', '')
    .split(/\r?\n/)
    .filter((line) => line !== '')
  return lines.slice(1).map((line) => line.split(name.includes('march') ? ';' : ','))
}

describe('the examples', () => {
  it.each(MONTHS.map((name, at) => [name, at] as const))('%s agrees with a reading by hand', (name, at) => {
    const rows = rowsOf(name)
    const profile = tables[at] ?? expect.fail()
    const cents = rows.reduce(
      (sum, cells) => sum + (/\d/.test(cells[2] ?? '') ? Number((cells[2] ?? '').replace(/\D/g, '')) : 0),
      0,
    )
    expect(profile.rows).toBe(rows.length)
    expect(Number(column(profile, 'monthly_revenue').numbers?.sum) * 100).toBeCloseTo(cents, 6)
    expect(column(profile, 'cancelled_on').filled).toBe(rows.filter((cells) => cells[4] !== '').length)
    const solo = profile.groups.find(({ by }) => by === 'plan')
    const gone = solo?.filled.find((one) => one.column === 'cancelled_on')?.counts[
      solo.labels.indexOf('Solo')
    ]
    expect(gone).toBe(rows.filter((cells) => cells[1] === 'Solo' && cells[4] !== '').length)
  })

  it('show their oddities in a row', () => {
    expect(tables.map(headline)).toEqual([
      '58 rows, three columns with gaps',
      '61 rows, one duplicate id',
      '52 rows, dates end on 2026-03-19',
    ])
  })

  it('compare to what happened in February', () => {
    const { highlights } = compareProfiles(tables)
    expect(highlights).toContain(
      'By plan, the largest change in rows with cancelled_on is Solo: from 3 in churn-january.csv to 9 in churn-february.csv.',
    )
    expect(highlights.join('\n')).toMatch(/churn-march\.csv.*ends on 2026-03-19.*partial/)
  })

  it('are enough to answer the questions of a brief', () => {
    const brief =
      'Please read the exports. Which plan lost the most customers? How many Solo customers cancelled in February?\n- Why?'
    const [first = '', second = '', third = ''] = questionsIn(brief)
    expect(answerQuestion(first, all)).toMatchObject({ confident: true })
    expect(answerQuestion(second, all)).toEqual({
      answer: 'cancelled_on is filled in 9 of 37 rows where plan is Solo of churn-february.csv (24.3%).',
      basis: ['churn-february.csv: cancelled_on'],
      confident: true,
    })
    expect(third).toBe('Why?')
    expect(answerQuestion(third, all).confident).toBe(false)
  })
})
