import { describe, expect, it } from 'vitest'
import { answerQuestion, questionsIn } from '../../../../../src/swarm/models/rehearsal/analysis/questions.ts'
import { profiled, table } from './support.ts'

const SALES = table(
  'order_id,plan,netAmount,refunded_on,paid_on\n1,Solo,10.50,,2026-01-02\n2,Team,20.00,2026-02-01,2026-01-20\n3,Solo,1.25,,2026-02-03\n4,Team,8.25,,2026-02-05\n',
  'sales.csv',
)
const ask = (question: string) => answerQuestion(question, [SALES])

describe('the questions in a brief', () => {
  it('are the sentences that ask', () => {
    const brief =
      'Hello. Here are the files: see them.\n1. How many rows?\n2) count the ids\n> and which plan is largest\nIt was fine. Is it?'
    expect(questionsIn(brief)).toEqual([
      'How many rows?',
      'count the ids',
      'and which plan is largest',
      'Is it?',
    ])
  })

  it('are at most ten, each once', () => {
    const brief = Array.from({ length: 30 }, (_, at) => `Is ${at % 15} right?`).join(' ')
    expect(questionsIn(brief)).toHaveLength(10)
  })
})

describe('an answer', () => {
  it.each([
    ['How many rows are there?', 'sales.csv has 4 rows.'],
    ['What is the total net amount?', 'netAmount adds up to 40.00 in sales.csv (4 values).'],
    ['What is the average amount?', 'netAmount is 10.00 on average in sales.csv (4 values).'],
    ['What is the median amount?', 'The median of netAmount in sales.csv is 9.375.'],
    ['What is the lowest amount?', 'The lowest netAmount in sales.csv is 1.25.'],
    ['What was the highest amount?', 'The highest netAmount in sales.csv is 20.00.'],
    ['Sum of amounts by plan', 'Sums of netAmount by plan in sales.csv: Team 28.25, Solo 11.75.'],
    ['How many distinct plans are there?', 'plan has 2 different values in sales.csv.'],
    ['How many orders were refunded?', 'refunded_on is filled in 1 of 4 rows of sales.csv (25.0%).'],
    [
      'What is the total amount of the Solo plan?',
      'netAmount adds up to 11.75 in sales.csv where plan is Solo (2 values).',
    ],
    ['When was the first refund?', 'The earliest refunded_on in sales.csv is 2026-02-01.'],
    ['How many refunds are missing?', 'refunded_on is missing in 3 of 4 rows of sales.csv.'],
    [
      'Which plan has the least amount?',
      'In sales.csv, Solo has the least: sums of netAmount by plan are Solo 11.75, Team 28.25.',
    ],
    [
      'What is the amount per month paid?',
      'Sums of netAmount by month of paid_on in sales.csv: 2026-01 30.50, 2026-02 9.50.',
    ],
  ])('to “%s” is computed', (question, answer) => {
    expect(ask(question)).toMatchObject({ answer, confident: true })
  })

  it('says which words it left out, and is not confident then', () => {
    const { answer, confident } = ask('How many orders from Norway were refunded?')
    expect(answer).toContain('Not taken into account: “norway”.')
    expect(confident).toBe(false)
  })

  it.each(['not', 'without', 'more than', 'after'])('is not confident about “%s”', (word) => {
    expect(ask(`How many orders were ${word} refunded?`).confident).toBe(false)
  })

  it('says plainly what it cannot answer, with the nearest facts', () => {
    for (const question of [
      'Why do people leave?',
      'Should we raise prices?',
      'What about the weather?',
      '',
    ]) {
      const { answer, confident, basis } = ask(question)
      expect(answer).toMatch(/^The rehearsal model cannot answer this/)
      expect(answer).toContain('40.00')
      expect(confident).toBe(false)
      expect(basis).toEqual(['sales.csv'])
    }
  })

  it('says aloud when two columns could be meant', () => {
    const two = table('gross_price,net_price\n1,2\n3,4\n')
    expect(answerQuestion('What is the total price?', [two])).toMatchObject({ confident: false })
  })

  it('compares files that the question names', () => {
    const later = table('order_id,plan,netAmount\n9,Solo,60.00\n8,Team,2.00\n', 'later.csv')
    const { answer, basis } = answerQuestion('How did the total amount change between sales and later?', [
      later,
      SALES,
    ])
    expect(answer).toContain('that is a change of')
    expect(basis).toHaveLength(2)
  })

  it('reads to-dos and exports from texts and code', () => {
    const files = [
      profiled('n.md', '- [ ] call *them*\n'),
      profiled('a.ts', 'export function go() {}\nfunction no() {}\n'),
    ]
    expect(answerQuestion('Which to-dos are open?', files).answer).toContain(
      'n.md has 1 open to-do: call \\*them\\*.',
    )
    expect(answerQuestion('What does a.ts export?', files).answer).toBe('a.ts exports 1 name: go (function).')
  })

  it('is never of half a file without saying so', () => {
    const half = { ...SALES, complete: false }
    expect(answerQuestion('How many rows are there?', [half])).toMatchObject({ confident: false })
  })
})
