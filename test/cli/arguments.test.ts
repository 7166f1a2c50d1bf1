import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseBriefArguments, parseUsd } from '../../src/cli/arguments.ts'
import { findFiles } from '../../src/cli/find-files.ts'
import { parseConfig, settings } from '../../src/config.ts'
import { LoomError } from '../../src/core/errors.ts'
import { useProcesses } from '../story/processes.ts'

const processes = useProcesses()

function messageOf(run: () => unknown): string {
  try {
    run()
  } catch (thrown) {
    if (thrown instanceof LoomError && thrown.kind === 'invalid_input') return thrown.message
    throw thrown
  }
  throw new Error('was taken')
}

describe('the arguments of a brief', () => {
  test('are the words, then files, with options anywhere', () => {
    expect(parseBriefArguments(['--json', 'compare', 'a.csv', '--cap', '2.50', 'b.csv'])).toEqual({
      prompt: 'compare',
      paths: ['a.csv', 'b.csv'],
      json: true,
      resume: false,
      capMicroUsd: 2_500_000,
      help: false,
    })
    expect(parseBriefArguments(['--', '--json']).prompt).toBe('--json')
  })

  test.each([[[]], [['']], [[' \n\t']], [['--json']], [['', 'a.csv']]])(
    'without words are refused: %j',
    (words) => {
      expect(messageOf(() => parseBriefArguments(words))).toMatch(/^Say what you want/)
    },
  )

  test.each([
    [['x', '--colour'], '--colour'],
    [['x', '-z'], '-z'],
    [['x', '--cap'], '--cap'],
    [['x', '--json=yes'], '--json'],
  ])('with an option that is not known or lacks its value are refused: %j', (words, option) => {
    expect(messageOf(() => parseBriefArguments(words))).toContain(
      `The option ${option} is not known or lacks`,
    )
  })

  test.each(['', '-1', '1,5', '1e3', 'NaN', '$', '0x10', '5 $', '1.1234567', '9999999'])(
    'a cap of %j is no amount',
    (text) => {
      expect(messageOf(() => parseUsd(text))).toContain('An amount is written in dollars')
    },
  )

  test.each([
    ['5', 5_000_000],
    ['$0.50', 500_000],
    [' 12.345678 ', 12_345_678],
    ['0', 0],
  ])('a cap of %j is %i millionths', (text, micro) => {
    expect(parseUsd(text)).toBe(micro)
  })
})

describe('the files of a brief', () => {
  const refusal = async (from: string, ...paths: string[]) => {
    const thrown = await findFiles({ from, paths }).catch((error: unknown) => error)
    if (!(thrown instanceof LoomError)) throw new Error('was taken')
    return thrown.message
  }

  test('a folder is opened in order, without what is hidden or installed', async () => {
    const cwd = await processes.folder()
    for (const folder of ['d/.git', 'd/node_modules/x', 'd/b'])
      await mkdir(path.join(cwd, folder), { recursive: true })
    for (const file of ['d/z.csv', 'd/b/a.csv', 'd/.env', 'd/.git/config', 'd/node_modules/x/index.js']) {
      await writeFile(path.join(cwd, file), 'x')
    }
    const found = await findFiles({ from: cwd, paths: ['d', 'd/z.csv', './d/../d/z.csv'] })
    expect(found.map((file) => path.relative(cwd, file.source.slice('local:'.length)))).toEqual([
      'd/b/a.csv',
      'd/z.csv',
    ])
  })

  test('one that is missing, an empty folder and one of hidden files only are refused by name', async () => {
    const cwd = await processes.folder()
    await mkdir(path.join(cwd, 'empty'))
    await mkdir(path.join(cwd, 'hidden'))
    await writeFile(path.join(cwd, 'hidden/.env'), 'x')
    expect(await refusal(cwd, 'nowhere.csv')).toBe('nowhere.csv cannot be found or opened.')
    expect(await refusal(cwd, 'a\0b')).not.toContain('inside Loom')
    expect(await refusal(cwd, 'empty')).toBe('There are no files in empty.')
    expect(await refusal(cwd, 'hidden')).toBe('There are no files in hidden.')
    expect(await refusal(cwd, 'x'.repeat(5_000))).toMatch(/cannot be found or opened\.$/)
  })

  test('500 are taken, one more is not', async () => {
    const cwd = await processes.folder()
    await mkdir(path.join(cwd, 'many'))
    for (let at = 0; at < 500; at += 1) await writeFile(path.join(cwd, 'many', `${at}.csv`), 'a\n1\n')
    expect(await findFiles({ from: cwd, paths: ['many'] })).toHaveLength(500)
    await writeFile(path.join(cwd, 'one.csv'), 'a\n1\n')
    expect(await refusal(cwd, 'many', 'one.csv')).toBe(
      'That is more than 500 files, the most that one brief takes.',
    )
    await writeFile(path.join(cwd, 'many/500.csv'), 'a\n1\n')
    expect(await refusal(cwd, 'many')).toBe('That is more than 500 files, the most that one brief takes.')
  })
})

describe('the settings', () => {
  test('.env.example names exactly the settings there are, and can be used as it is', async () => {
    const text = await readFile(path.join(import.meta.dirname, '../../.env.example'), 'utf8')
    const lines = text.split('\n').filter((line) => /^[A-Z_0-9]+=/.test(line))
    expect(lines.map((line) => line.slice(0, line.indexOf('=')))).toEqual(Object.keys(settings))
    const given = lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)])
    expect(parseConfig(Object.fromEntries(given))).toEqual(parseConfig({}))
  })

  test('an address that is no address is one fault among the others, not a crash', () => {
    const message = messageOf(() =>
      parseConfig({ PUBLIC_URL: 'nowhere', OPENAI_BASE_URL: 'http://x.org', PORT: '-1' }),
    )
    for (const name of ['PUBLIC_URL', 'OPENAI_BASE_URL', 'PORT']) expect(message).toContain(name)
  })

  test('an empty variable counts as not set', () => {
    expect(parseConfig({ DATABASE_URL: '', PORT: '', LOOM_MODE: '' })).toEqual(parseConfig({}))
  })
})
