import { expect, test } from 'vitest'
import { parseCustomId } from '../../../../src/bots/discord/custom-id.ts'
import { renderAny } from '../../../../src/bots/discord/port/render-any.ts'
import { renderAnswer } from '../../../../src/bots/discord/render/answer.ts'
import { renderCard } from '../../../../src/bots/discord/render/card.ts'
import { renderDetails } from '../../../../src/bots/discord/render/details.ts'
import type { Posting } from '../../../../src/bots/discord/render/posting.ts'
import type { OutMessage } from '../../../../src/core/chat.ts'
import {
  answer,
  answerFile,
  approvalMessage,
  card,
  cardRow,
  idOf,
  questionMessage,
} from '../../../contracts/messages.ts'
import { buttonsOf, selectsOf } from '../../../fakes/discord/read/components.ts'
import type { Component } from '../../../fakes/discord/world.ts'
import { check, rawOf, readBy } from '../support/check.ts'

function shown(message: OutMessage): Posting {
  const [only, ...others] = renderAny(message)
  if (!only || others.length > 0) throw new Error('not one message')
  return only
}

/** What can be pressed, as Loom reads the press. */
function presses(posting: Posting): string[] {
  return buttonsOf(posting.components as unknown as Component[]).map(({ customId = '', label }) => {
    const { subject, value, verb } = parseCustomId(customId) ?? {}
    return [`${label}:`, verb, ...(subject ? [subject] : []), ...(value ? [value] : [])].join(' ')
  })
}

test('the card says what was understood, where it stands, what it costs and who does what', () => {
  const rows = [
    cardRow({ title: 'January', state: 'done', activity: '1,204 rows_', costMicroUsd: 80_000 }),
    cardRow({
      title: 'March',
      state: 'running',
      activity: 'reading https://example.com/a_b',
      step: 4,
      quietMinutes: 2,
    }),
    cardRow({ title: 'Compare', waitsFor: ['January', 'March'] }),
  ]
  const posting = renderCard(card({ rows }))
  expect(readBy([posting])).toBe(
    [
      'Comparing churn exports',
      '1 of 3 · $0.42 of $5.00',
      '✓ January · 1,204 rows_ · $0.08',
      '◐ March · reading https://example.com/a_b · step 4 · for 2 min',
      '○ Compare · waits for the two above',
    ].join('\n'),
  )
  expect(presses(posting)).toEqual(['Stop: stop', 'Adjust cap: cap', 'Details: details'])
  const resting = card({ rows, state: 'suspended', reason: 'cap' })
  expect(presses(renderCard(resting))).toEqual([
    'Raise the cap: raise',
    'Finish with what is there: finish',
    'Stop: stop',
  ])
  expect(presses(renderCard(card({ state: 'done' })))).toEqual([])
})

test('of a big swarm the card shows what moves and counts the rest', () => {
  const rows = Array.from({ length: 100 }, (_, at) =>
    cardRow({
      title: `Interview ${at + 1} ${'with a customer '.repeat(4)}`,
      state: at < 50 ? 'done' : at < 60 ? 'running' : 'waiting',
      activity: '*reading* '.repeat(30),
    }),
  )
  const posting = renderCard(card({ rows }))
  check([posting])
  const text = readBy([posting])
  for (let at = 51; at <= 60; at += 1) expect(text).toContain(`◐ Interview ${at} `)
  expect(text).toMatch(/… \d+ more: \d+ done, \d+ waiting$/u)
})

test('a question has a button for each choice and one for other words; a choice that is too long stands above', () => {
  const long = 'The currency in which each customer was billed, at the rate of the day on which that was'
  const posting = shown(questionMessage({ choices: ['Euro', long] }))
  expect(readBy([posting])).toBe(`March asks: Which currency shall the report use?\n1. Euro\n2. ${long}`)
  const subject = idOf('question 1')
  expect(presses(posting)).toEqual([
    `Euro: answer ${subject} 0`,
    expect.stringMatching(`^2\\. The currency in which .*…: answer ${subject} 1$`),
    `Answer in your own words: answer-free ${subject}`,
  ])
  const settled = shown(questionMessage({ state: 'answered', answer: 'Euro', answeredBy: 'Ada' }))
  expect(readBy([settled])).toBe('Which currency shall the report use?\n\nAnswered by Ada: Euro')
  expect(presses(settled)).toEqual([])
})

test('an approval can be given or refused until its end, and says afterwards by whom', () => {
  const open = shown(approvalMessage())
  const subject = idOf('approval 1')
  expect(presses(open)).toEqual([`Approve: approve ${subject}`, `Deny: deny ${subject}`])
  expect(rawOf([open])).toContain('-# Until <t:1750000000:f> (2025-06-15 15:06 UTC)')
  const denied = shown(approvalMessage({ state: 'denied', pressedBy: 'Ada' }))
  expect(readBy([denied])).toBe('Delete the table churn.\n\nDenied by Ada.')
})

test('an answer names its files where it speaks of them and below, and each can be kept', () => {
  const url = 'https://loom.example/a/1?k=a_b'
  const files = [
    answerFile('final/report.md', { url }),
    answerFile('final/b.csv', { url: 'https://loom.example/a/2', starred: true }),
  ]
  const markdown = 'See [the report](final/report.md) and [b.csv](./final/b.csv).'
  const [only, ...more] = renderAnswer(answer({ markdown, files }), { uploadBytes: 0 }).whole
  expect(more).toEqual([])
  expect(rawOf(only ? [only] : [])).toBe(
    [
      `See [the report](${url}) and [b.csv](https://loom.example/a/2).`,
      `[final/report.md](${url})  12 KB`,
      '[final/b.csv](https://loom.example/a/2)  12 KB',
      '-# 5 agents · 31 steps · 2 min 10 s · $0.61 · 83 % of input from cache',
    ].join('\n'),
  )
  expect(only && presses(only)).toEqual([
    `☆ Keep: star ${idOf('artifact final/report.md')}`,
    `★ Kept: unstar ${idOf('artifact final/b.csv')}`,
    'Helpful: good',
    'Not helpful: bad',
  ])
})

test('the details let one agent begin again or be left out, and say on top what came of it', () => {
  const jobId = idOf('job')
  const taskId = idOf('march')
  const posting = renderDetails(
    {
      title: 'Comparing *churn*',
      parts: [
        { title: 'Now', lines: ['1 of 2 · $0.42 of $5.00'] },
        { title: 'Agents', lines: ['✓ January', '◐ March'] },
      ],
      agents: [
        { taskId: idOf('january'), line: '✓ January', may: ['rerun'] },
        { taskId, line: '◐ March', may: ['rerun', 'drop'] },
      ],
    },
    { jobId, word: 'March begins again.' },
  )
  check([posting])
  expect(readBy([posting])).toContain(
    'March begins again.\n\nComparing *churn*\nNow\n1 of 2 · $0.42 of $5.00',
  )
  const [rerun, drop] = selectsOf(posting.components as unknown as Component[])
  expect(parseCustomId(rerun?.customId ?? '')).toEqual({ verb: 'rerun', jobId })
  expect(rerun?.options.map(({ label }) => label)).toEqual(['✓ January', '◐ March'])
  expect(drop?.options.map(({ value }) => parseCustomId(value))).toEqual([
    { verb: 'drop', jobId, subject: taskId },
  ])
})
