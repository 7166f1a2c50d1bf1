import { appendFile, mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { documentOf, expectExit, until, useProcesses } from '../story/processes.ts'
import { expectEndedOnce, rowsOf } from '../story/rows.ts'

const processes = useProcesses()

test('500 files are read by 40 agents at most, and every one of them has its report', async () => {
  const [cwd, bed] = await Promise.all([processes.folder(), processes.bed()])
  await mkdir(path.join(cwd, 'many'))
  for (let at = 0; at < 500; at += 1) {
    await writeFile(path.join(cwd, 'many', `f${at}.csv`), `plan,amount\nSolo,${at}\nTeam,2\n`)
  }
  const env = { DATABASE_URL: bed.url }
  const ended = await processes.brief(['--json', 'Sum the amounts.', 'many'], { cwd, env }).ended
  expectExit(ended, 0)
  const document = documentOf(ended)
  expect(document.receipt.agents).toBeLessThanOrEqual(41)
  const reports = new Set(document.files.map((file) => file.path.match(/(f\d+)\.md$/)?.[1]))
  for (let at = 0; at < 500; at += 1) expect(reports.has(`f${at}`), `f${at}`).toBe(true)
  expectEndedOnce(await rowsOf(bed.admin), { steps: document.receipt.steps })
})

test('a file that vanishes before its turn is refused by name, and the brief goes on without it', async () => {
  const [cwd, bed] = await Promise.all([processes.folder(), processes.bed()])
  const names = Array.from({ length: 30 }, (_, at) => `${String(at).padStart(2, '0')}.csv`)
  const rows = 'Solo,1\n'.repeat(1_000_000)
  for (const name of names) await writeFile(path.join(cwd, name), `plan,amount\n${rows}`)
  const env = { DATABASE_URL: bed.url }
  const run = processes.brief(['--json', 'How many rows are there?', ...names], { cwd, env })
  await until(
    async () => (await rowsOf(bed.admin)).jobs[0]?.state === 'gathering',
    'the files are being read',
  )
  await rm(path.join(cwd, '29.csv'))
  const ended = await run.ended
  expectExit(ended, 0)
  expect(documentOf(ended).answer).toContain('29.csv was not taken: There is no file 29.csv.')
})

test('a file that grows while it is read is refused by name, and the brief goes on without it', async () => {
  const [cwd, bed] = await Promise.all([processes.folder(), processes.bed()])
  await writeFile(path.join(cwd, 'steady.csv'), 'plan,amount\nSolo,1\n')
  await writeFile(path.join(cwd, 'growing.csv'), `plan,amount\n${'Solo,1\n'.repeat(5_000_000)}`)
  const run = processes.brief(['--json', 'How many rows are there?', 'steady.csv', 'growing.csv'], {
    cwd,
    env: { DATABASE_URL: bed.url },
  })
  let growing = true
  const grow = (async () => {
    while (growing) await appendFile(path.join(cwd, 'growing.csv'), 'Team,2\n')
  })()
  const ended = await run.ended
  growing = false
  await grow
  expectExit(ended, 0)
  expect(documentOf(ended).answer).toContain(
    'growing.csv was not taken: growing.csv changed while it was being read.',
  )
})
