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
  hostileTexts,
  questionMessage,
} from '../../../contracts/messages.ts'
import { checkBlocks } from '../../../fakes/slack/blocks/check.ts'

/** Throws where Slack would refuse the message. */
function check(postings: readonly Posting[]): void {
  for (const { blocks, text } of postings) {
    checkBlocks(structuredClone(blocks), 'message')
    expect(blocks.length).toBeLessThan(50)
    expect(text.length).toBeGreaterThan(0)
    expect(text).not.toMatch(/<[!@#]/u)
  }
}

const word = fc.constantFrom(
  'churn',
  'Solo',
  '**bold**',
  '*it*',
  '~~no~~',
  '`code`',
  '<!channel>',
  '<@U1>',
  '&amp;',
)
const odd = fc.oneof(fc.constantFrom(...hostileTexts), fc.string({ unit: 'binary', maxLength: 60 }))
const line = fc
  .array(fc.oneof({ weight: 5, arbitrary: word }, odd), { minLength: 1, maxLength: 12 })
  .map((all) => all.join(' '))
const block = fc.oneof(
  line,
  line.map((text) => `# ${text}`),
  fc.array(line, { maxLength: 6 }).map((items) => items.map((item) => `- ${item}\n  - ${item}`).join('\n')),
  fc.array(line, { maxLength: 6 }).map((items) => items.map((item, at) => `${at + 3}. ${item}`).join('\n')),
  fc.array(line, { maxLength: 4 }).map((lines) => lines.map((each) => `> ${each}`).join('\n')),
  line.map((text) => `\`\`\`\n${text.repeat(40)}\n\`\`\``),
  fc
    .tuple(line, fc.integer({ min: 1, max: 25 }), fc.integer({ min: 0, max: 130 }))
    .map(([text, columns, rows]) => {
      const row = `|${` ${text.replaceAll(/[|\n]/gu, '').slice(0, 30)} |`.repeat(columns)}`
      return [row, `|${' --- |'.repeat(columns)}`, ...Array.from({ length: rows }, () => row)].join('\n')
    }),
  line.map((text) => text.repeat(60)),
  fc.constantFrom(
    '---',
    '![chart](https://example.com/c.png)',
    '[x](javascript:alert(1))',
    '<b>html</b>',
    '- [x] done',
  ),
)
const markdown = fc.array(block, { maxLength: 14 }).map((blocks) => blocks.join('\n\n'))

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

test('no word of an answer is lost, however it is written and wherever it is split', {
  timeout: 60_000,
}, () => {
  const marked = fc.array(fc.tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 1, max: 900 })), {
    minLength: 1,
    maxLength: 12,
  })
  fc.assert(
    fc.property(marked, (shapes) => {
      let next = 10_000
      const some = (count: number) => Array.from({ length: count }, () => `w${next++}`)
      const text = shapes.map(([shape, count]) => written(shape, some(count))).join('\n\n')
      const { messages } = renderAnswer(answer({ markdown: text }), { canUpload: false })
      check(messages)
      const read = messages.map(({ blocks }) => plainOf(blocks, { addresses: true })).join('\n')
      expect(read.match(/w\d{5}/gu)).toEqual(text.match(/w\d{5}/gu))
    }),
    { numRuns: 150 },
  )
})

function written(shape: number, words: readonly string[]): string {
  const tens = words.flatMap((_, at) => (at % 10 === 0 ? [words.slice(at, at + 10)] : []))
  switch (shape) {
    case 0:
      return words.join(' ')
    case 1:
      return tens.map((ten) => `- ${ten.join(' ')}`).join('\n')
    case 2:
      return `\`\`\`\n${tens.map((ten) => ten.join(' ')).join('\n')}\n\`\`\``
    case 3:
      return [`| ${words[0]} |`, '| --- |', ...words.slice(1, 90).map((each) => `| ${each} |`)].join('\n')
    case 4:
      return words.map((each) => `**${each}** `).join('')
    case 5:
      return tens.map((ten) => `> ${ten.join(' ')}\n>`).join('\n')
    default:
      return `## ${words.slice(0, 5).join(' ')}\n\n${tens.map((ten, at) => `${at + 1}. ${ten.join(' ')}\n   - ${'and'}`).join('\n')}`
  }
}

test('thousands of nested quotes are shown as they were written', () => {
  const text = `${'> '.repeat(20_000)}deep`
  const { messages } = renderAnswer(answer({ markdown: text }), { canUpload: false })
  check(messages)
  expect(messages.map(({ blocks }) => plainOf(blocks, { addresses: false })).join('')).toContain('deep')
})

test('an emoji of several signs stays one, and what only hides goes', () => {
  expect(slackText('👩‍👩‍👧 ❤️ a\u200db\u202ec')).toBe('👩‍👩‍👧 ❤️ abc')
})
