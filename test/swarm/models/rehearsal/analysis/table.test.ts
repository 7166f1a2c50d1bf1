import { describe, expect, it } from 'vitest'
import { column, table } from './support.ts'

describe('a table', () => {
  it('adds up money without floating-point drift', () => {
    const profile = table('item,price\na,$0.10\nb,$0.20\nc,"$1,000.00"\nd,($0.05)\n')
    expect(column(profile, 'price')).toMatchObject({
      type: 'money',
      role: 'measure',
      numbers: {
        sum: '1000.25',
        min: '-0.05',
        max: '1000.00',
        mean: '250.0625',
        median: '0.15',
        unit: '$',
        count: 4,
      },
    })
  })

  it('reads European files with semicolons, decimal commas, BOM and CRLF', () => {
    const profile = table('\ufeffName;Betrag;Datum\r\nx;1.234,56 €;31.01.2026\r\ny;0,44 €;01.02.2026\r\n')
    expect(profile).toMatchObject({ delimiter: 'semicolon', decimals: 'comma', header: true, rows: 2 })
    expect(column(profile, 'Betrag')).toMatchObject({ type: 'money', numbers: { sum: '1235.00', unit: '€' } })
    expect(column(profile, 'Datum').dates).toMatchObject({
      earliest: '2026-01-31',
      latest: '2026-02-01',
      order: 'dmy',
    })
    expect(profile.notes.join('\n')).toMatch(/BOM[\s\S]*CRLF/)
  })

  it.each([
    ['tab', 'a\tb\n1\t2\n3\t4\n', 'data.tsv'],
    ['pipe', 'a|b\n1|2\n3|4\n', 'data.csv'],
    ['comma', 'a,b\n"x;y;z",2\n3,4\n', 'data.csv'],
    ['none', 'amount\n1,5\n2,5\n', 'data.csv'],
  ])('finds the delimiter %s', (delimiter, text, path) => {
    expect(table(text, path)).toMatchObject({ delimiter, rows: 2 })
  })

  it('says that 1.234 alone can mean two things', () => {
    const profile = table('a;b\nx;1.234\ny;5.678\n')
    expect(profile.notes.join()).toMatch(/"b".*thousands or decimals/)
  })

  it('takes the reading of a column from its own clear values', () => {
    const profile = table('a;b\nx;1.234\ny;5.6\n')
    expect(column(profile, 'b').numbers?.sum).toBe('6.834')
  })

  it('counts what is missing, however it is written', () => {
    const profile = table('a,b\n1,NA\n2,n/a\n3,null\n4,-\n5,\n6,x\n')
    expect(column(profile, 'b')).toMatchObject({ missing: 5, filled: 1, distinct: 1 })
  })

  it('keeps codes with leading zeros as text', () => {
    expect(column(table('zip,n\n01234,1\n99999,2\n'), 'zip').type).toBe('text')
  })

  it('sees that a file without a header has none', () => {
    const profile = table('2026-01-01,5\n2026-01-02,6\n')
    expect(profile).toMatchObject({ header: false, rows: 2 })
    expect(profile.columns.map(({ name }) => name)).toEqual(['column 1', 'column 2'])
  })

  it('takes years beside a name as a header', () => {
    expect(table('region,2024,2025\nNorth,5,6\nSouth,7,8\n')).toMatchObject({ header: true, rows: 2 })
  })

  it('never adds amounts in different currencies', () => {
    const profile = table('a,b\nx,$5\ny,€6\n')
    expect(column(profile, 'b').numbers).toBeUndefined()
    expect(profile.notes.join()).toMatch(/several currencies \(\$ and €\)/)
  })

  it('leaves out values that are no numbers and says so', () => {
    const profile = table(`n\n${'1\n'.repeat(9)}unknown\n`)
    expect(column(profile, 'n')).toMatchObject({
      type: 'integer',
      unread: 1,
      numbers: { sum: '9', count: 9 },
    })
    expect(profile.notes.join()).toMatch(/1 value is not a number/)
  })

  it.each([
    ['month/day by a day above 12', 'd\n01/31/2026\n02/03/2026\n', 'mdy', false, '2026-02-03'],
    ['day/month by a day above 12', 'd\n31/01/2026\n02/03/2026\n', 'dmy', false, '2026-03-02'],
    ['month/day, ambiguously, when nothing tells', 'd\n01/02/2026\n03/04/2026\n', 'mdy', true, '2026-03-04'],
  ])('reads %s', (_, text, order, ambiguous, latest) => {
    const profile = table(text)
    expect(column(profile, 'd').dates).toMatchObject({ order, ambiguous, latest })
    expect(/can be read as/.test(profile.notes.join())).toBe(ambiguous)
  })

  it('refuses days that no calendar has', () => {
    expect(column(table('d\n2026-02-30\n2026-13-01\n'), 'd').type).toBe('text')
  })

  it('counts per month', () => {
    const { dates } = column(table('d\n2026-01-05\n2026-01-06\n2026-03-01\n'), 'd')
    expect(dates?.months).toEqual([
      { month: '2026-01', count: 2 },
      { month: '2026-03', count: 1 },
    ])
  })

  it('sums each group exactly, with the rows that have no group', () => {
    const profile = table('plan,paid,left\nSolo,0.10,\nSolo,0.20,2026-01-02\nTeam,5,\n,7,\n')
    expect(profile.groups[0]).toMatchObject({
      by: 'plan',
      labels: ['Solo', 'Team', null],
      rows: [2, 1, 1],
      sums: [{ column: 'paid', sums: ['0.30', '5.00', '7.00'], counts: [2, 1, 1] }],
    })
    expect(profile.groups[0]?.filled).toContainEqual({ column: 'left', counts: [1, 0, 0] })
  })

  it('finds repeated rows and repeated ids', () => {
    const profile = table(
      `order_id,x\n${[1, 2, 3, 4, 5, 6, 7, 8].map((n) => `${n},a`).join('\n')}\n8,a\n7,b\n`,
    )
    expect(profile.duplicateRows).toBe(1)
    expect(profile.ids[0]).toMatchObject({ column: 'order_id', distinct: 8, duplicateCount: 2 })
    expect(profile.notes.join()).toMatch(/two duplicate ids in "order_id": 7 and 8/)
    expect(column(profile, 'order_id').role).toBe('id')
  })

  it('sees a last month that stops early', () => {
    const days = Array.from({ length: 12 }, (_, at) => `2026-03-${String(at + 1).padStart(2, '0')}`)
    expect(table(`d\n${days.join('\n')}\n`).notes.join()).toMatch(
      /"d" ends on 2026-03-12: the last month looks partial/,
    )
  })

  it('does not call a month partial that is nearly over', () => {
    const days = Array.from({ length: 28 }, (_, at) => `2026-03-${String(at + 1).padStart(2, '0')}`)
    expect(table(`d\n${days.join('\n')}\n`).notes.join()).not.toMatch(/partial/)
  })
})
