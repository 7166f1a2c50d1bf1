import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { documentOf, examples, expectExit, node, useProcesses } from '../story/processes.ts'

const processes = useProcesses()
const january = path.join(examples, 'churn-january.csv')

/** Enough rows that an agent has several steps to go. */
const long = Array.from({ length: 60_000 }, (_, at) => `${at},north,${at % 97}.50`).join('\n')

test('Ctrl-C stops the brief: it says so, exits 1, keeps the files, and the next command works', async () => {
  const [cwd, bed] = await Promise.all([processes.folder(), processes.bed()])
  const place = { cwd, env: { DATABASE_URL: bed.url } }
  for (let at = 0; at < 8; at += 1)
    await writeFile(path.join(cwd, `${at}.csv`), `id,region,amount\n${long}\n`)
  const files = Array.from({ length: 8 }, (_, at) => `${at}.csv`)
  const run = processes.brief(['--json', 'How many rows are there?', january, ...files], {
    ...place,
    group: true,
  })
  await run.says('✓ Churn january')
  process.kill(-(run.child.pid ?? 0), 'SIGINT')
  const ended = await run.ended
  expectExit(ended, 1)
  const document = documentOf(ended)
  expect(document.outcome).toBe('cancelled')
  expect(document.answer).toMatch(/^Stopped/)
  expect(document.files.map((file) => file.path)).toContain('final/churn-january.md')
  expect(ended.stderr).not.toMatch(/node:internal|\.ts:\d/)
  const [job] = await bed.admin`select state from loom.jobs`
  expect(job?.state).toBe('cancelled')
  expect(await bed.admin`select 1 from loom.ready_tasks`).toHaveLength(0)
  const next = await processes.brief(
    ['--json', 'How many rows are there?', january, ...files.slice(0, 1)],
    place,
  ).ended
  expectExit(next, 0)
  expect(next.stderr).not.toContain('Going on')
})

test('a reader that leaves early ends the brief without a stack', async () => {
  const [cwd, bed] = await Promise.all([processes.folder(), processes.bed()])
  const command = `"${node}" "${path.join(import.meta.dirname, '../../src/cli/brief.ts')}" "How many rows are there?" "${january}" | head -1`
  const shell = spawn('bash', ['-c', `${command}; echo "exit \${PIPESTATUS[0]}"`], {
    cwd,
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      LOOM_HOME: path.join(cwd, '.loom'),
      DATABASE_URL: bed.url,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  let err = ''
  shell.stdout.on('data', (chunk) => (out += chunk))
  shell.stderr.on('data', (chunk) => (err += chunk))
  await once(shell, 'close')
  const [first, exit] = out.trimEnd().split('\n')
  expect(first).toContain('How many rows are there?')
  expect(err).not.toMatch(/node:internal|\.ts:\d|EPIPE| {4}at /)
  expect(exit).toMatch(/^exit [01]$/)
})

test('files with hostile names and contents are taken under harmless ones, and the answer says what was odd', async () => {
  const [cwd, bed] = await Promise.all([processes.folder(), processes.bed()])
  const csv = 'plan,amount\nSolo,1\nTeam,2\n'
  const names = [
    'new\nline.csv',
    'esc\u001b[31mred\u001b[0m.csv',
    `${'x'.repeat(240)}.csv`,
    'CON.csv',
    '‮gpj.csv',
    '"quoted" `ticks` $(touch pwned).csv',
    '..hidden..csv',
  ]
  for (const name of names) await writeFile(path.join(cwd, name), csv)
  await writeFile(
    path.join(cwd, 'binary.csv'),
    Buffer.from(Array.from({ length: 4_096 }, (_, at) => (at * 7) % 256)),
  )
  await writeFile(path.join(cwd, 'broken.csv'), 'plan,amount\n"Solo,1\nTeam,2\n"x"y,3\n')
  await writeFile(path.join(cwd, 'empty.csv'), '')
  const place = { cwd, env: { DATABASE_URL: bed.url } }
  const words = ['Which plan has the highest amount?', ...names, 'binary.csv', 'broken.csv', 'empty.csv']
  const ended = await processes.brief(words, place).ended
  expectExit(ended, 0)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what must not be there
  expect(ended.stdout).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f\u202e]/)
  expect(ended.stderr).toBe('')
  expect(ended.stdout).toContain('binary.csv')
  expect(ended.stdout).toContain('empty.csv')
  const placed = ended.stdout.match(/\.loom\/out\/\S+/g) ?? []
  expect(placed.length).toBeGreaterThan(names.length)
  for (const file of placed) expect(path.relative(cwd, path.resolve(cwd, file))).toMatch(/^\.loom\/out\//)
})
