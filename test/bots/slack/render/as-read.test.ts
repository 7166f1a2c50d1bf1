import { expect, test } from 'vitest'
import { renderAnswer } from '../../../../src/bots/slack/render/answer.ts'
import { renderApproval, renderQuestion } from '../../../../src/bots/slack/render/ask.ts'
import { renderCard } from '../../../../src/bots/slack/render/card.ts'
import type { Approval, Question } from '../../../../src/core/chat.ts'
import { answer, answerFile, card, cardRow } from '../../../contracts/messages.ts'
import { asRead } from '../support/as-read.ts'

const question: Question = {
  jobId: 'job-1',
  questionId: 'question-1',
  asker: 'March',
  text: 'Which currency shall the report use?',
  choices: ['Euro', 'Dollar'],
  state: 'open',
  answer: undefined,
  answeredBy: undefined,
}
const approval: Approval = {
  jobId: 'job-1',
  approvalId: 'approval-1',
  asker: 'March',
  tool: 'drop',
  request: 'Delete the table churn.',
  state: 'open',
  pressedBy: undefined,
  expiresAtMs: 1_750_000_000_000,
}

test('a card reads as a title, where it stands, a line for each agent, and what can be pressed', () => {
  const estimate = { leastMicroUsd: 500_000, mostMicroUsd: 900_000 }
  expect(asRead([renderCard(card({ estimate }))])).toBe(
    [
      'Comparing churn exports',
      '   (1 of 3 · $0.42 of $5.00 · about $0.50 to $0.90 in all)',
      '✓  January · 1,204 rows · $0.08',
      '◐  March · counting · step 4 · $0.05',
      '○  Compare · waits for the two above',
      '[ Stop ] [ Adjust cap ] [ Details ]',
    ].join('\n'),
  )
})

test('at its cap a card offers what can be done about it, and nothing once it has ended', () => {
  expect(asRead([renderCard(card({ state: 'suspended', reason: 'cap' }))])).toContain(
    '[ Raise the cap ] [ Finish with what is there ] [ Stop ]',
  )
  for (const state of ['done', 'failed', 'cancelled'] as const)
    expect(asRead([renderCard(card({ state, endedAtMs: 1 }))])).not.toContain('[')
})

test('forty agents are twenty lines: those that move with their neighbours, the rest counted', () => {
  const rows = Array.from({ length: 40 }, (_, index) =>
    cardRow({ title: `Region ${index}`, state: index < 20 ? 'done' : index === 20 ? 'running' : 'waiting' }),
  )
  const read = asRead([renderCard(card({ rows }))])
  expect(read.match(/Region/gu)).toHaveLength(19)
  expect(read).toContain('◐  Region 20')
  expect(read).toContain('… 21 more: 11 done, 10 waiting')
})

test('a question reads as one sentence with its buttons; settled, with its answer', () => {
  expect(asRead([renderQuestion(question)])).toBe(
    'March asks: Which currency shall the report use?\n[ Euro ] [ Dollar ] [ Answer in your own words ]',
  )
  expect(asRead([renderQuestion({ ...question, state: 'answered', answer: 'Swiss francs' })])).toBe(
    'Which currency shall the report use?\n   (Answered: Swiss francs)',
  )
})

test('an agent that was not heard of for minutes says since when', () => {
  const rows = [
    cardRow({ title: 'March', state: 'running', activity: 'counting', step: 4, quietMinutes: 4 }),
    cardRow({ title: 'May', state: 'ready', quietMinutes: 65 }),
  ]
  const read = asRead([renderCard(card({ rows }))])
  expect(read).toContain('◐  March · counting · step 4 · for 4 min')
  expect(read).toContain('○  May · about to start · for 1 h 5 min')
})

test('a question that was answered says by whom, on one line whatever the name', () => {
  const answered = { ...question, state: 'answered', answer: 'Euro', answeredBy: 'Ana\n<!channel>' } as const
  expect(asRead([renderQuestion(answered)])).toContain('(Answered by Ana <!channel>: Euro)')
})

test('a file with a star can be let go, and one that Slack does not take says so where others are uploaded', () => {
  const url = 'https://loom.example/a/1?k=2'
  const files = [
    answerFile('final/report.md', { url, starred: true }),
    answerFile('final/empty.csv', { url, bytes: 0 }),
    answerFile('final/all.bin', { url, bytes: 2_000_000_000 }),
  ]
  const read = asRead(renderAnswer(answer({ files }), { canUpload: true }).messages)
  expect(read).toContain('final/report.md  12 KB   [ ★ Kept ]')
  expect(read).toContain(
    'final/empty.csv  0 B · not uploaded: Slack takes no file that is empty   [ ☆ Keep ]',
  )
  expect(read).toContain('final/all.bin  2 GB · not uploaded: Slack takes no file so large   [ ☆ Keep ]')
  expect(asRead(renderAnswer(answer({ files }), { canUpload: false }).messages)).not.toContain('not uploaded')
})

test('a choice too long for a button stands whole above it', () => {
  const long = `Euro, ${'converted at the rate of the day, '.repeat(4)}rounded`
  const read = asRead([renderQuestion({ ...question, choices: [long, 'Dollar'] })])
  expect(read).toContain(`1. ${long}`)
  expect(read).toContain('… ] [ Dollar ]')
})

test('an approval reads as what is about to be done and until when; settled, who pressed', () => {
  expect(asRead([renderApproval(approval)])).toBe(
    'March needs your approval: Delete the table churn.\nUntil 2025-06-15 15:06 UTC\n[ Approve ] [ Deny ]',
  )
  expect(asRead([renderApproval({ ...approval, state: 'approved', pressedBy: 'Owner' })])).toBe(
    'Delete the table churn.\n   (Approved by Owner.)',
  )
})

test('an answer reads as it was written, then its files, what it cost and whether it helped', () => {
  const markdown = [
    '# Churn in the first quarter',
    'Churn rose from **3.1 %** to **4.4 %** ([the report](final/report.md), p. 2).',
    'A second paragraph with `code`.',
    '| Plan | March |\n| --- | ---: |\n| Solo | 6.1 % |\n| Team | |',
    '1. Ask the largest\n   - by mail\n   - by phone\n2. Look at the price\n   ```\n   select 1\n   ```\n3. Wait',
    '- [x] asked\n- [ ] answered',
    '> A quote.',
    '[not a link](javascript:alert(1))',
  ].join('\n\n')
  const files = [answerFile('final/report.md', { url: 'https://loom.example/a/1?k=2' })]
  expect(asRead(renderAnswer(answer({ markdown, files }), { canUpload: true }).messages)).toBe(
    [
      '## Churn in the first quarter',
      'Churn rose from 3.1 % to 4.4 % (the report (https://loom.example/a/1?k=2), p. 2).',
      '',
      'A second paragraph with code.',
      'Plan | March',
      'Solo | 6.1 %',
      'Team | ',
      '1. Ask the largest',
      '  • by mail',
      '  • by phone',
      '2. Look at the price',
      'select 1',
      '3. Wait',
      '• ☑ asked',
      '• ☐ answered',
      '> A quote.',
      'not a link (javascript:alert(1))',
      'final/report.md  12 KB   [ ☆ Keep ]',
      '   (5 agents · 31 steps · 2 min 10 s · $0.61 · 83 % of input from cache)',
      '[ Helpful ] [ Not helpful ]',
    ].join('\n'),
  )
})
