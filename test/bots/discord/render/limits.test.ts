import fc from 'fast-check'
import { expect, test } from 'vitest'
import { renderAnswer } from '../../../../src/bots/discord/render/answer.ts'
import { renderApproval, renderQuestion } from '../../../../src/bots/discord/render/ask.ts'
import { renderCard } from '../../../../src/bots/discord/render/card.ts'
import { renderDetails } from '../../../../src/bots/discord/render/details.ts'
import { discordText } from '../../../../src/bots/discord/render/harmless.ts'
import { renderNotice } from '../../../../src/bots/discord/render/notice.ts'
import { jobStates } from '../../../../src/core/job-states.ts'
import { taskStates } from '../../../../src/core/words.ts'
import {
  answer,
  answerFile,
  approvalMessage,
  card,
  cardRow,
  hostileTexts,
  idOf,
  questionMessage,
} from '../../../contracts/messages.ts'
import { markdown, odd, shapes, textOf } from '../../support/markdown.ts'
import { check, rawOf, readBy } from '../support/check.ts'

test('no Markdown gives a message that Discord refuses or that acts, with files or without', {
  timeout: 60_000,
}, () => {
  fc.assert(
    fc.property(markdown, fc.array(odd, { maxLength: 20 }), fc.boolean(), (text, paths, canUpload) => {
      const files = paths.map((path, at) =>
        answerFile(`final/${path}`, { artifactId: idOf(`${at}`), url: `https://loom.example/a/${path}` }),
      )
      const given = answer({ markdown: text, files })
      const { begun = [], whole } = renderAnswer(given, { uploadBytes: canUpload ? 10_000 : 0 })
      check(whole)
      check(begun)
    }),
    { numRuns: 50 },
  )
})

test('no text from outside gives a card, a question, an approval, a notice or details that Discord refuses or that act', () => {
  const rows = fc.array(fc.record({ title: odd, activity: odd, state: fc.constantFrom(...taskStates) }), {
    maxLength: 60,
  })
  const choices = fc.array(odd, { maxLength: 30 })
  fc.assert(
    fc.property(odd, rows, fc.constantFrom(...jobStates), choices, (text, given, state, several) => {
      check([renderCard(card({ title: text, state, rows: given.map((row) => cardRow(row)) }))])
      const asked = questionMessage({ asker: text, text, choices: several })
      const request = approvalMessage({ asker: text, request: text, pressedBy: text })
      if (asked.kind !== 'question' || request.kind !== 'approval') throw new Error('other messages')
      for (const each of ['open', 'answered', 'withdrawn'] as const)
        check([renderQuestion({ ...asked.question, state: each, answer: text })])
      for (const each of ['open', 'approved', 'expired'] as const)
        check([renderApproval({ ...request.approval, state: each })])
      check(renderNotice({ text }))
      const agents = given.map(({ title }, at) => ({
        taskId: idOf(`${at}`),
        line: title,
        may: ['rerun', 'drop'] as const,
      }))
      const parts = [
        { title: 'Now', lines: [text] },
        { title: 'Agents', lines: agents.map(({ line }) => line) },
      ]
      check([renderDetails({ title: text, parts, agents }, { jobId: idOf('job'), word: text })])
    }),
    { numRuns: 100 },
  )
})

test('plain text is read as it was written, whatever marks are in it', () => {
  const marks = fc.stringMatching(/^[*_~`|<>@#:/\\[\]()!&\-+.0-9 a-d\n]{1,60}$/)
  const plain = fc.oneof(marks, fc.constantFrom(...hostileTexts.filter((text) => !text.includes('xxxx'))))
  const words = (text: string) => text.replaceAll(/\s+/gu, ' ').trim()
  fc.assert(
    fc.property(plain, (text) => {
      fc.pre(words(discordText(text)) !== '' && !text.includes('://'))
      expect(words(readBy(renderNotice({ text })))).toBe(words(discordText(text)))
    }),
    { numRuns: 1_000 },
  )
})

test('no word of an answer is lost, however it is written and wherever it is split, and every fence is whole', {
  timeout: 60_000,
}, () => {
  fc.assert(
    fc.property(shapes, (given) => {
      const text = textOf(given)
      const { begun, whole } = renderAnswer(answer({ markdown: text }), { uploadBytes: 10_000_000 })
      check(whole)
      // A long table says its heading again where it goes on.
      expect(wordsIn(readBy(whole))).toEqual(wordsIn(text))
      for (const posting of whole) expect(fencesIn(rawOf([posting])) % 2).toBe(0)
      if (!begun) return
      check(begun)
      expect(begun[0]?.attached).toEqual({ name: 'answer.md', text })
      expect(begun.slice(1).some(({ attached }) => attached)).toBe(false)
    }),
    { numRuns: 40 },
  )
})

function wordsIn(text: string): string[] {
  return [...new Set(text.match(/w\d{5}/gu))]
}

function fencesIn(text: string): number {
  return text.match(/```/gu)?.length ?? 0
}

test('a block of code keeps its language in every piece, and nothing in it ends it', () => {
  const lines = Array.from({ length: 400 }, (_, at) => `select ${at} -- \`\`\`\` and \`\`\` then`)
  const { whole } = renderAnswer(answer({ markdown: `~~~sql\n${lines.join('\n')}\n~~~` }), { uploadBytes: 0 })
  check(whole)
  const raw = rawOf(whole)
  expect(raw.match(/```sql\n/gu)?.length).toBe(whole.length)
  expect(fencesIn(raw)).toBe(2 * whole.length)
  expect(raw.match(/select \d+/gu)).toHaveLength(400)
})

test('a wide table is a list that names every column, a narrow one lines with its columns aligned', () => {
  const wide = ['| Company | What they said | Where |', '| --- | --- | --- |']
  for (let at = 0; at < 30; at += 1)
    wide.push(`| c${at} | ${'much '.repeat(20)}| [site](https://example.com/${at}) |`)
  const { whole } = renderAnswer(answer({ markdown: wide.join('\n') }), { uploadBytes: 0 })
  check(whole)
  expect(rawOf(whole)).toContain('- Company: **c7**\n  - What they said: much much')
  expect(rawOf(whole)).toContain('  - Where: [site](https://example.com/29)')
  const narrow = '| Plan | Churn |\n| --- | ---: |\n| Solo | 4.4 % |\n| Team | 11.2 % |'
  expect(rawOf(renderAnswer(answer({ markdown: narrow }), { uploadBytes: 0 }).whole)).toContain(
    '```\nPlan   Churn\n────  ──────\nSolo   4.4 %\nTeam  11.2 %\n```',
  )
})

test('thousands of nested quotes are shown as they were written', () => {
  const { whole } = renderAnswer(answer({ markdown: `${'> '.repeat(20_000)}deep` }), { uploadBytes: 0 })
  check(whole)
  expect(readBy(whole)).toContain('deep')
})

test('words that are an address never lead to another one', () => {
  const given = [
    '[https://good.example/login](https://evil.example)',
    '[good.example](https://evil.example)',
    '[Go to https://good.example now](https://evil.example)',
    '[www.good.example](https://evil.example)',
  ]
  for (const text of given) {
    const raw = rawOf(renderAnswer(answer({ markdown: text }), { uploadBytes: 0 }).whole)
    expect(raw).toContain('(<https://evil.example/>)')
    expect(raw).not.toContain('](')
  }
})

test('code in a line stays apart from what is behind it, whether or not a reader knows marks of two backticks', () => {
  const link = '[https://good.example](https://evil.example)'
  const given = [
    `\`\`a \` b\`\` and \`${link}\``,
    `\`\`\`a ${link} \`b\`\`\` then \`c\``,
    `\`a\`**\`\`b_ \` ${link} \`\`**`,
    `\`\`\`\na \`\`\`\` ${link} \`b\`\`\`\`\n\`\`\``.replaceAll('\n', ' '),
    `\`\`# \` ${link}\`\``,
  ]
  for (const text of given) {
    const { whole } = renderAnswer(answer({ markdown: text }), { uploadBytes: 0 })
    check(whole)
    for (const line of rawOf(whole).split('\n')) {
      expect(line.replaceAll('\\`', '').match(/`{2,}/u)).toBeNull()
      expect(line.replaceAll('\\`', '').match(/`/gu)?.length ?? 0).toSatisfy(
        (count: number) => count % 2 === 0,
      )
    }
    expect(readBy(whole)).toContain(link)
  }
})
