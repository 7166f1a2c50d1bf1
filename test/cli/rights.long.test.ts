import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { readExport } from '../retention/export/reader.ts'
import { examples, expectExit, useProcesses } from '../story/processes.ts'

const processes = useProcesses()

test('the operator takes everything of an account out as a file, puts a name right, and is told how where words are wrong', async () => {
  const [cwd, bed] = await Promise.all([processes.folder(), processes.bed()])
  const env = { DATABASE_URL: bed.url }
  const loom = (...words: string[]) => processes.loom(words, { cwd, env })
  const wish = 'Which plan lost the most customers?'
  expectExit(await processes.brief([wish, path.join(examples, 'churn-march.csv')], { cwd, env }).ended, 0)

  expectExit(await loom('export', '--out', 'all.zip'), 0)
  const { files } = await readExport(await readFile(path.join(cwd, 'all.zip')))
  const texts = [...files.values()].map((bytes) => bytes.toString())
  expect(texts.some((text) => text.includes(wish))).toBe(true)
  expect(texts).toContain(await readFile(path.join(examples, 'churn-march.csv'), 'utf8'))

  const [who] = await bed.admin<{ id: string }[]>`select id from loom.identities`
  const corrected = await loom('correct', '--person', who?.id ?? '', '--name', 'Ada Byron')
  expect([corrected.code, corrected.stdout]).toEqual([0, 'It is corrected.\n'])
  expectExit(await loom('export', '--person', who?.id ?? '', '--out', 'mine.zip'), 0)
  const mine = await readExport(await readFile(path.join(cwd, 'mine.zip')))
  expect([...mine.files.values()].some((bytes) => bytes.toString().includes('Ada Byron'))).toBe(true)

  const nobody = await loom('export', '--person', 'slack:U0', '--out', 'none.zip')
  expect([nobody.code, nobody.stderr]).toEqual([
    1,
    expect.stringContaining('Loom knows nobody of that account'),
  ])
  await expect(readFile(path.join(cwd, 'none.zip'))).rejects.toThrow('ENOENT')
  for (const words of [['export', '--al'], ['correct'], ['desk'], ['dump', 'restore', 'x']]) {
    const wrong = await loom(...words)
    expect([wrong.code, wrong.stdout, wrong.stderr]).toEqual([1, '', expect.stringMatching(/^Say .*\n$/)])
  }
})
