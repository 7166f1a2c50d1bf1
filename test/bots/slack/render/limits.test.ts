import fc from 'fast-check'
import { expect, test } from 'vitest'
import { renderAnswer } from '../../../../src/bots/slack/render/answer.ts'
import { renderApproval, renderQuestion } from '../../../../src/bots/slack/render/ask.ts'
import { renderCard } from '../../../../src/bots/slack/render/card.ts'
import { slackText } from '../../../../src/bots/slack/render/harmless.ts'
import { renderNotice } from '../../../../src/bots/slack/render/notice.ts'
import { plainOf } from '../../../../src/bots/slack/render/plain.ts'
import type { Posting } from '../../../../src/bots/slack/render/posting.ts'
import { jobStates } from '../../../../src/core/job-states.ts'
import { taskStates } from '../../../../src/core/words.ts'
import {
  answer,
  answerFile,
  approvalMessage,
  card,
  cardRow,
  questionMessage,
} from '../../../contracts/messages.ts'
import { checkBlocks } from '../../../fakes/slack/blocks/check.ts'
import { markdown, odd, shapes, textOf } from '../../support/markdown.ts'

/** Throws where Slack would refuse the message. */
function check(postings: readonly Posting[]): void {
  for (const { blocks, text } of postings) {
    checkBlocks(structuredClone(blocks), 'message')
    expect(blocks.length).toBeLessThan(50)
    expect(text.length).toBeGreaterThan(0)
    expect(text).not.toMatch(/<[!@#]/u)
  }
}

test('no Markdown gives a message that Slack refuses, with files or without', { timeout: 60_000 }, () => {
  fc.assert(
    fc.property(markdown, fc.array(odd, { maxLength: 20 }), fc.boolean(), (text, paths, canUpload) => {
      const files = paths.map((path) =>
        answerFile(`final/${path}`, { url: `https://loom.example/a/${path}` }),
      )
      check(renderAnswer(answer({ markdown: text, files }), { canUpload, notes: ['A note.'] }).messages)
    }),
    { numRuns: 300 },
  )
})

test('no text from outside gives a card, a question, an approval or a notice that Slack refuses', () => {
  const rows = fc.array(fc.record({ title: odd, activity: odd, state: fc.constantFrom(...taskStates) }), {
    maxLength: 60,
  })
  fc.assert(
    fc.property(
      odd,
      rows,
      fc.constantFrom(...jobStates),
      fc.array(odd, { maxLength: 9 }),
      (text, given, state, choices) => {
        check([renderCard(card({ title: text, state, rows: given.map((row) => cardRow(row)) }))])
        const asked = questionMessage({ asker: text, text, choices })
        const request = approvalMessage({ asker: text, request: text, pressedBy: text })
        if (asked.kind !== 'question' || request.kind !== 'approval') throw new Error('other messages')
        for (const each of ['open', 'answered', 'withdrawn'] as const)
          check([renderQuestion({ ...asked.question, state: each, answer: text })])
        for (const each of ['open', 'approved', 'expired'] as const)
          check([renderApproval({ ...request.approval, state: each })])
        check(renderNotice({ text }))
      },
    ),
    { numRuns: 300 },
  )
})

test('a question and an approval of any length, with choices of any length, are shown from their beginning', () => {
  const text = 'unbroken'.repeat(4_000)
  const asked = questionMessage({ asker: text, text, choices: Array.from({ length: 9 }, () => text) })
  const request = approvalMessage({ asker: text, request: text })
  if (asked.kind !== 'question' || request.kind !== 'approval') throw new Error('other messages')
  const postings = [renderQuestion(asked.question), renderApproval(request.approval)]
  check(postings)
  for (const { blocks } of postings)
    expect(plainOf(blocks, { addresses: true })).toContain('unbroken'.repeat(300))
})

test('no word of an answer is lost, however it is written and wherever it is split', {
  timeout: 60_000,
}, () => {
  fc.assert(
    fc.property(shapes, (given) => {
      const text = textOf(given)
      const { messages } = renderAnswer(answer({ markdown: text }), { canUpload: false })
      check(messages)
      const read = messages.map(({ blocks }) => plainOf(blocks, { addresses: true })).join('\n')
      expect(read.match(/w\d{5}/gu)).toEqual(text.match(/w\d{5}/gu))
    }),
    { numRuns: 150 },
  )
})

test('thousands of nested quotes are shown as they were written', () => {
  const text = `${'> '.repeat(20_000)}deep`
  const { messages } = renderAnswer(answer({ markdown: text }), { canUpload: false })
  check(messages)
  expect(messages.map(({ blocks }) => plainOf(blocks, { addresses: false })).join('')).toContain('deep')
})

test('an emoji of several signs stays one, and what only hides goes', () => {
  expect(slackText('👩‍👩‍👧 ❤️ a\u200db\u202ec')).toBe('👩‍👩‍👧 ❤️ abc')
})
