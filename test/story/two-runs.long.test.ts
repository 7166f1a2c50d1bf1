import { copyFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { documentOf, examples, expectExit, serverPid, until, useProcesses } from './processes.ts'

const processes = useProcesses()

test('three briefs at once in one new directory, two of them the same, end each with an answer of its own', async () => {
  const cwd = await processes.folder()
  const home = path.join(cwd, '.loom')
  for (const month of ['january', 'february']) {
    await copyFile(path.join(examples, `churn-${month}.csv`), path.join(cwd, `${month}.csv`))
  }
  const first = ['--json', 'How many rows are there in January?', 'january.csv']
  const second = ['--json', 'How many rows are there in February?', 'february.csv']
  const ended = await Promise.all(
    [first, first, second].map((words) => processes.brief(words, { cwd }).ended),
  )
  for (const end of ended) expectExit(end, 0)
  const documents = ended.map(documentOf)
  expect(new Set(documents.map((document) => document.jobId)).size).toBe(3)
  const [one, same, other] = documents
  expect(one?.answer).toContain('58 rows')
  expect(same?.answer).toBe(one?.answer)
  expect(other?.answer).toContain('61 rows')
  for (const document of documents) {
    expect(document.files.length).toBeGreaterThan(0)
    for (const file of document.files) expect(file.localPath).toContain(document.jobId.slice(-4))
  }
  for (const end of ended) expect(end.stderr).not.toContain('Going on')
  await until(async () => (await serverPid(home)) === undefined, 'the embedded server is gone')
})

test('an interrupted brief keeps its place: the same words go on, other words and a third run are new', async () => {
  const [cwd, bed] = await Promise.all([processes.folder(), processes.bed()])
  const place = { cwd, env: { DATABASE_URL: bed.url } }
  await copyFile(path.join(examples, 'churn-january.csv'), path.join(cwd, 'january.csv'))
  const words = ['--json', 'How many rows are there?', 'january.csv']
  const run = processes.brief(words, place)
  await run.says(/starting|planning|reading the files/)
  run.child.kill('SIGTERM')
  const left = await run.ended
  // It may have come to its end in that very moment; then there is nothing to go on with.
  if (left.code === 0) return
  expect(left.stdout).toBe('')
  expect(left.stderr).toContain('Interrupted; what was done is kept. The same command goes on from here.')
  const [other, again] = await Promise.all([
    processes.brief(['--json', 'How many columns are there?', 'january.csv'], place).ended,
    processes.brief(words, place).ended,
  ])
  for (const end of [other, again]) expectExit(end, 0)
  expect(other.stderr).not.toContain('Going on')
  expect(again.stderr).toContain('Going on with this brief')
  const jobs = await bed.admin<{ state: string }[]>`select state from loom.jobs`
  expect(jobs.map((job) => job.state)).toEqual(['done', 'done'])
  const steps = await bed.admin`select task_id, ordinal from loom.steps`
  const usage = await bed.admin`select distinct subject_id from loom.usage_events`
  expect(usage).toHaveLength(steps.length)
  const none = await processes.brief(['--continue'], place).ended
  expectExit(none, 1)
  expect(none.stderr).toBe('No brief here is waiting to go on.\n')
})
