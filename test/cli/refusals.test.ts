import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, readdir, readFile, symlink, truncate, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import path from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { asRoot, type Ended, expectExit, freePort, useProcesses } from '../story/processes.ts'

const processes = useProcesses()

/** Exit 1, nothing on stdout, one sentence and no stack on stderr. */
function expectSentence(ended: Ended, sentence: string | RegExp): void {
  expectExit(ended, 1)
  expect(ended.stdout).toBe('')
  expect(ended.stderr.endsWith('\n')).toBe(true)
  const lines = ended.stderr.trimEnd().split('\n')
  expect(lines).toHaveLength(1)
  expect(ended.stderr).not.toMatch(/node:internal|\.ts:\d|Error:| {2,}at /)
  if (typeof sentence === 'string') expect(lines[0]).toBe(sentence)
  else expect(lines[0]).toMatch(sentence)
}

describe('a brief that cannot be taken ends with one clear sentence', () => {
  let cwd: string
  beforeEach(async () => {
    cwd = await processes.folder()
  })
  const refused = async (words: readonly string[], env: Record<string, string> = {}) =>
    processes.brief(words, { cwd, env }).ended

  test('without words, and leaves nothing behind', async () => {
    expectSentence(await refused(['  ']), /^Say what you want, as in: npm run brief -- /)
    expect(await readdir(cwd)).toEqual([])
  })

  test('a file of 200 MB, by its size alone: the process does not grow', async () => {
    await writeFile(path.join(cwd, 'huge.csv'), '')
    await truncate(path.join(cwd, 'huge.csv'), 200_000_000)
    await writeFile(path.join(cwd, 'small.csv'), 'a,b\n1,2\n')
    const memory = path.join(cwd, 'memory')
    const measure = `import fs from 'node:fs'; process.on('exit', () => fs.writeFileSync(${JSON.stringify(memory)}, String(process.resourceUsage().maxRSS)))`
    const env = { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(measure)}` }
    const peak = async (words: string[], sentence: string | RegExp) => {
      expectSentence(await refused(words, env), sentence)
      return Number(await readFile(memory, 'utf8'))
    }
    const before = await peak(['What?', 'small.csv', 'missing.csv'], 'missing.csv cannot be found or opened.')
    const after = await peak(['What?', 'huge.csv'], 'huge.csv has 200 MB; a file may have at most 50 MB.')
    expect(after - before).toBeLessThan(40_000)
  })

  test('settings that cannot be used, all of them at once, by name and not by value', async () => {
    const ended = await refused(['What?'], {
      PORT: 'eighty',
      LOG_LEVEL: 'loud',
      PUBLIC_URL: 'nowhere-at-all',
      DATABASE_URL: 'mysql://secret@db/x',
      REDIS_URL: 'redis',
      OPENAI_BASE_URL: 'http://example.com/v1',
    })
    expectExit(ended, 1)
    expect(ended.stderr).toMatch(
      /^The settings cannot be used:(\n {2}- [A-Z_]+ .+){6}\nSee \.env\.example\.\n$/,
    )
    for (const name of ['PORT', 'LOG_LEVEL', 'PUBLIC_URL', 'DATABASE_URL', 'REDIS_URL', 'OPENAI_BASE_URL']) {
      expect(ended.stderr).toContain(name)
    }
    expect(ended.stderr).not.toMatch(/secret|eighty|loud|nowhere-at-all/)
  })

  test.runIf(asRoot)('a home that this account cannot write to', async () => {
    await chmod(cwd, 0o555)
    const ended = await processes.brief(['What?'], { cwd, asNobody: true }).ended
    // That it sets itself up is said before it can know.
    const stderr = ended.stderr.replace(/^Setting up Loom in this folder.*\n/, '')
    expectSentence(
      { ...ended, stderr },
      /^Loom cannot write in .*\.loom: give yourself that folder, or point LOOM_HOME at another one\.$/,
    )
  })

  test('a master key that is damaged, and one that is gone', async () => {
    const bed = await processes.bed()
    const home = path.join(cwd, '.loom')
    await mkdir(home)
    const keyFile = path.join(home, 'master.key')
    await writeFile(keyFile, 'not a key\n')
    const env = { DATABASE_URL: bed.url }
    expectSentence(
      await refused(['What?'], env),
      `The master key file ${keyFile} is damaged: it should hold 32 bytes in base64. Restore it from your copy; without it what is stored cannot be read.`,
    )
    expect(await readFile(keyFile, 'utf8')).toBe('not a key\n')
    const lost = path.join(home, 'lost.key')
    await mkdir(path.join(home, 'keys', 'somebody'), { recursive: true })
    expectSentence(
      await refused(['What?'], { ...env, LOOM_MASTER_KEY_FILE: lost }),
      /^The master key file .*lost\.key is missing, and keys made with it are in .*keys\. Restore the file/,
    )
  })

  test('a database that a newer Loom made', async () => {
    const bed = await processes.bed()
    await bed.admin`insert into loom_migrations.applied (hash, created_at) values ('of-the-future', 99999999999999)`
    expectSentence(
      await refused(['What?'], { DATABASE_URL: bed.url }),
      'This database was made by a newer version of Loom. Update the code, or point LOOM_HOME or DATABASE_URL at another database.',
    )
  })

  test('a database that does not answer', async () => {
    const port = await freePort()
    expectSentence(
      await refused(['What?'], { DATABASE_URL: `postgres://postgres@127.0.0.1:${port}/x` }),
      'The database does not answer. Nothing is lost; Loom goes on when it is back.',
    )
  })
})

test.runIf(asRoot)('a folder in which a part cannot be read is named in the sentence', async () => {
  const cwd = await processes.folder()
  await mkdir(path.join(cwd, 'exports/closed'), { recursive: true })
  await writeFile(path.join(cwd, 'exports/open.csv'), 'a\n1\n')
  await chmod(path.join(cwd, 'exports/closed'), 0o000)
  expectSentence(await processes.brief(['What?', 'exports'], { cwd, asNobody: true }).ended, /exports/)
})

test('an unknown role of npm start ends with a sentence, and a taken port too', async () => {
  const [cwd, bed] = await Promise.all([processes.folder(), processes.bed()])
  expectSentence(
    await processes.run('src/main.ts', ['boss'], { cwd }).ended,
    'There is no such role. Say one of: all, bot, worker, scheduler.',
  )
  const holder = createServer().listen(0)
  await once(holder, 'listening')
  const address = holder.address()
  const port = typeof address === 'object' && address ? address.port : 0
  try {
    const env = { DATABASE_URL: bed.url, PORT: String(port), LOG_LEVEL: 'silent' }
    expectSentence(
      await processes.run('src/main.ts', ['all'], { cwd, env }).ended,
      `Loom cannot listen on port ${port}: something else listens there. Set PORT to another.`,
    )
  } finally {
    holder.close()
  }
})

test('what is no regular file is refused by name, a link leads to what it names', async () => {
  const { findFiles } = await import('../../src/cli/find-files.ts')
  const cwd = await processes.folder()
  execFileSync('mkfifo', [path.join(cwd, 'pipe')])
  await writeFile(path.join(cwd, 'outside.csv'), 'a\n1\n')
  await mkdir(path.join(cwd, 'in'))
  await symlink('../outside.csv', path.join(cwd, 'in', 'link.csv'))
  await writeFile(path.join(cwd, 'in', 'own.csv'), 'a\n1\n')
  const names = async (...paths: string[]) =>
    (await findFiles({ from: cwd, paths })).map((file) => file.source)
  await expect(names('pipe')).rejects.toThrow('pipe is neither a file nor a folder.')
  // A folder brings what lies in it; a link is followed only where the person named it.
  expect(await names('in')).toEqual([`local:${path.join(cwd, 'in/own.csv')}`])
  expect(await names('in/link.csv')).toEqual([`local:${path.join(cwd, 'in/link.csv')}`])
})
