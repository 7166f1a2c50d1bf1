import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { openMailServer } from '../retention/notices/mail-server.ts'
import { expectExit, useProcesses } from '../story/processes.ts'

const processes = useProcesses()

test('the operator writes the table of a release, announces the next one, and sees who has been told', async () => {
  const [cwd, bed, mail] = await Promise.all([processes.folder(), processes.bed(), openMailServer()])
  await using stack = new AsyncDisposableStack()
  stack.defer(mail.close)
  const plain = { DATABASE_URL: bed.url }
  const address = `smtp://127.0.0.1:${mail.server.port}`
  const env = { ...plain, LOOM_MAIL_URL: address, LOOM_MAIL_FROM: 'Loom <privacy@loom.example>' }
  const loom = (words: readonly string[], with_: Record<string, string> = env) =>
    processes.run('src/cli/loom.ts', words, { cwd, env: with_ }).ended
  const policy = (...words: string[]) => loom(['policy', ...words])

  const written = await policy('table')
  expectExit(written, 0)
  const table = JSON.parse(written.stdout) as { number: number; rows: Record<string, { kept: string }> }
  const next = { ...table, number: table.number + 1, effective: '2126-02-01' }
  const { messages } = next.rows
  if (!messages) throw new Error('no such row')
  next.rows = { ...next.rows, messages: { ...messages, kept: '60 days' } }
  await writeFile(path.join(cwd, 'next.json'), JSON.stringify(next))

  const before = await policy('notices')
  expect([before.code, before.stdout]).toEqual([0, 'No new version of the privacy policy is announced.\n'])
  const unread = await policy('announce')
  expect([unread.code, unread.stderr]).toEqual([
    1,
    expect.stringMatching(/^Say what the next release promises/),
  ])
  const missing = await policy('announce', '--table', 'none.json')
  expect([missing.code, missing.stderr]).toEqual([1, 'There is no readable file none.json.\n'])
  const mute = await loom(['policy', 'announce', '--table', 'next.json'], plain)
  expect([mute.code, mute.stderr]).toEqual([
    1,
    expect.stringContaining('Nobody can be told without a mail server'),
  ])

  const announced = await policy('announce', '--table', 'next.json')
  expect([announced.code, announced.stdout]).toEqual([
    0,
    expect.stringMatching(/announced for 2126-02-01[\s\S]+is kept 60 days, until then 90 days/),
  ])
  const standing = await policy('notices')
  expect([standing.code, standing.stdout]).toEqual([
    0,
    expect.stringContaining('0 notices sent, 0 open, 0 refused by the address, 0 without an address'),
  ])
  const page = await policy('page')
  expect(page.stdout).toContain('It takes effect on 2126-02-01 at the earliest')
  const doctor = await loom(['doctor', 'scheduler'])
  expect(doctor.stdout).toContain('The mail server answers in the open, on this machine.')
})
