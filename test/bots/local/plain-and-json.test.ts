import { describe, expect, test } from 'vitest'
import { briefResultSchema, createJsonTerminal } from '../../../src/bots/local/json-terminal.ts'
import { createPlainTerminal } from '../../../src/bots/local/plain-terminal.ts'
import type { Card, ChatPort } from '../../../src/core/chat.ts'
import {
  answer,
  answerFile,
  answerMessage,
  cardMessage,
  cardRow,
  hostileTexts,
  idOf,
  noticeMessage,
} from '../../contracts/messages.ts'
import { createLog, thread } from './terminals.ts'

async function play(port: ChatPort): Promise<void> {
  const waiting = [cardRow({ title: 'January', state: 'ready' }), cardRow({ title: 'March' })]
  const steps: Partial<Card>[] = [
    { state: 'planning', rows: [], costMicroUsd: 0 },
    { rows: waiting, costMicroUsd: 10_000 },
    {
      rows: [
        cardRow({ title: 'January', state: 'running', activity: 'reading', step: 1 }),
        cardRow({ title: 'March' }),
      ],
    },
    {
      rows: [
        cardRow({ title: 'January', state: 'running', activity: 'counting', step: 2 }),
        cardRow({ title: 'March' }),
      ],
    },
    {
      rows: [
        cardRow({
          title: 'January',
          state: 'running',
          activity: 'Claude does not answer. Trying again.',
          step: 2,
        }),
        cardRow({ title: 'March' }),
      ],
    },
    {
      rows: [
        cardRow({ title: 'January', state: 'done', activity: '1,204 rows', costMicroUsd: 80_000 }),
        cardRow({ title: 'March', state: 'failed', activity: 'the file is empty', costMicroUsd: 20_000 }),
        cardRow({ title: 'Compare', state: 'cancelled' }),
      ],
    },
    { state: 'failed', rows: [], done: 1, total: 3, costMicroUsd: 100_000 },
  ]
  const ref = await port.post(thread, cardMessage({ state: 'received', rows: [], costMicroUsd: 0 }), {
    nonce: 'card',
  })
  for (const step of steps) await port.edit(thread, ref, cardMessage(step))
}

const facts = [
  'Comparing churn exports · starting · $0.00 of $5.00',
  'Comparing churn exports · planning · $0.00 of $5.00',
  'Comparing churn exports · 0 of 2 · $0.01 of $5.00',
  '  plan: January, March',
  '  ◐ January  started',
  '  ◐ January  Claude does not answer. Trying again.',
  '  also planned: Compare',
  '  ✓ January  1,204 rows  $0.08',
  '  ✗ March  the file is empty  $0.02',
  '  – Compare  stopped',
  'Comparing churn exports · failed · 1 of 3 · $0.10 of $5.00',
  '',
].join('\n')

describe('without a terminal', () => {
  test('only new facts are written, each once', async () => {
    const out = createLog()
    await play(createPlainTerminal({ thread, out }))
    expect(out.text()).toBe(facts)
  })

  test('the answer is the Markdown as it was written, then files and receipt', async () => {
    const out = createLog()
    const port = createPlainTerminal({ thread, out })
    await port.post(thread, noticeMessage('Noted.\n'), { nonce: 'notice' })
    const markdown = '# Churn\n\n| a | b |\n|---|---|\n| 1 | **2** |\n'
    const files = [answerFile('final/report.md', { url: 'https://loom.example/a/1' })]
    await port.post(thread, answerMessage({ markdown, files }), { nonce: 'answer' })
    expect(out.text()).toBe(
      [
        'Noted.',
        '',
        markdown,
        '  final/report.md  12 KB',
        '    https://loom.example/a/1',
        '',
        '  5 agents · 31 steps · 2 min 10 s · $0.61 · 83 % of input from cache',
        '',
      ].join('\n'),
    )
  })
})

describe('for a program', () => {
  test('the card goes to the errors and one document to the output', async () => {
    const [out, err] = [createLog(), createLog()]
    const port = createJsonTerminal({ thread, out, err })
    await play(port)
    expect(out.text()).toBe('')
    expect(err.text()).toBe(facts)
    const files = [
      answerFile('final/report.md', { url: 'https://loom.example/a/1' }),
      answerFile('final/b.csv', { localPath: '/tmp/b.csv' }),
    ]
    const ref = await port.post(thread, answerMessage({ files }), { nonce: 'answer' })
    await port.post(thread, answerMessage({ files }), { nonce: 'answer' })
    await port.edit(thread, ref, answerMessage({ markdown: 'Other words.' }))
    const {
      artifactId: _one,
      starred: _star,
      ...first
    } = answerFile('final/report.md', { url: 'https://loom.example/a/1' })
    const {
      artifactId: _two,
      starred: _other,
      ...second
    } = answerFile('final/b.csv', { localPath: '/tmp/b.csv' })
    expect(out.text().endsWith('\n')).toBe(true)
    expect(briefResultSchema.strict().parse(JSON.parse(out.text()))).toEqual({
      jobId: idOf('job 1'),
      outcome: 'done',
      answer: answer().markdown,
      files: [
        { ...first, localPath: null },
        { ...second, url: null },
      ],
      receipt: answer().receipt,
    })
    expect(err.text()).toContain('The answer changed after it was written; the first stands.')
  })

  test.each(hostileTexts)('text comes through exactly and acts on nothing: %j', async (text) => {
    const [out, err] = [createLog(), createLog()]
    const port = createJsonTerminal({ thread, out, err })
    await port.post(thread, answerMessage({ markdown: text }), { nonce: 'answer' })
    expect(briefResultSchema.parse(JSON.parse(out.text())).answer).toBe(text)
    expect(out.text().trimEnd()).not.toMatch(/\p{Cc}|\p{Cf}/u)
  })
})

test('a terminal that does not take the text fails the delivery, and the post may be tried again', async () => {
  let broken = true
  const shown: string[] = []
  const out = {
    write(text: string) {
      if (broken) throw new Error('EPIPE')
      shown.push(text)
    },
  }
  const port = createPlainTerminal({ thread, out })
  await expect(port.post(thread, noticeMessage('Here.'), { nonce: 'one' })).rejects.toMatchObject({
    kind: 'unavailable',
  })
  broken = false
  await port.post(thread, noticeMessage('Here.'), { nonce: 'one' })
  expect(shown).toEqual(['Here.\n'])
})

test('minutes without news say nothing in a log', async () => {
  const out = createLog()
  const port = createPlainTerminal({ thread, out })
  const quiet = (quietMinutes: number) =>
    cardMessage({ rows: [cardRow({ title: 'March', state: 'running', activity: 'counting', quietMinutes })] })
  const ref = await port.post(thread, quiet(0), { nonce: 'card' })
  const before = out.text()
  for (const minutes of [1, 2, 60]) await port.edit(thread, ref, quiet(minutes))
  expect(out.text()).toBe(before)
  expect(port.renewEveryMs).toBeUndefined()
})
