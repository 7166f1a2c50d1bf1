import { expect, test } from 'vitest'
import { expectExit, useProcesses } from '../story/processes.ts'

const processes = useProcesses()

test('the operator notes requests, sees by when they must be answered, and closes them by hand or by what answers them', async () => {
  const [cwd, bed] = await Promise.all([processes.folder(), processes.bed()])
  const env = { DATABASE_URL: bed.url }
  const loom = (...words: string[]) => processes.loom(words, { cwd, env })
  const desk = (...words: string[]) => loom('desk', ...words)
  expectExit(await loom('jobs'), 0)
  const [who] = await bed.admin<{ id: string }[]>`select id from loom.identities`
  const person = who?.id ?? ''

  expect((await desk('list')).stdout).toBe('No request is open.\n')
  const opened = await desk(
    'open',
    '--kind',
    'access',
    '--contact',
    'ada@example.com',
    '--received',
    '2026-01-01',
  )
  expect([opened.code, opened.stdout]).toEqual([0, expect.stringContaining('must be answered by 2026-01-31')])
  const late = opened.stdout.split('\n')[0] ?? ''
  const second = await desk('open', '--kind', 'correct', '--contact', 'bo@example.com', '--person', person)
  const today = second.stdout.split('\n')[0] ?? ''
  expect((await desk('list')).stdout).toMatch(
    new RegExp(
      `^${late}  access   day \\d+, due 2026-01-31, late +account .+\n${today}  correct  day 0, due .+\n$`,
    ),
  )
  const check = await loom('policy', 'check')
  expect([check.code, check.stdout]).toEqual([1, expect.stringMatching(/✗ +requests .+ 1 too late/)])

  const corrected = await loom('correct', '--person', person, '--name', 'Bo', '--request', today)
  expectExit(corrected, 0)
  expect((await desk('show', today)).stdout).toMatch(
    /^correct, answered, of bo@example\.com\n[\s\S]+\ncorrected\n$/,
  )
  const again = await loom('correct', '--person', person, '--name', 'Bo', '--request', today)
  expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('There is no such open request')])
  expect((await desk('answer', late, '--text', 'Sent by mail.', '--by', 'Bea')).stdout).toBe(
    'It is noted as answered.\n',
  )
  expect((await desk('show', late)).stdout).toMatch(/answered \d{4}-\d\d-\d\d by Bea\nSent by mail\.\n$/)

  const wish = await desk('open', '--kind', 'object', '--contact', 'bo@example.com', '--person', person)
  const request = wish.stdout.split('\n')[0] ?? ''
  const off = await desk('object', '--what', 'feedback', '--person', person, '--request', request)
  expect(off.stdout).toBe('feedback is off for this person.\n')
  expect((await desk('show', request)).stdout).toMatch(/^object, answered/)
  expect((await desk('object', '--what', 'memory')).stdout).toBe('memory is off for the whole account.\n')
  for (const words of [
    ['answer', late, '--refuse'],
    ['open', '--kind', 'money', '--contact', 'x'],
    ['undo', '--request', late],
  ]) {
    const wrong = await desk(...words)
    expect([wrong.code, wrong.stdout, wrong.stderr]).toEqual([1, '', expect.stringMatching(/^Say .*\n$/)])
  }
})
