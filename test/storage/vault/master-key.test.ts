import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadMasterKey } from '../../../src/storage/vault/master-key.ts'

let home = ''
beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'loom-master-'))
})
afterEach(() => rm(home, { recursive: true, force: true }))

const file = () => path.join(home, 'deep/er/master.key')
const load = () => loadMasterKey({ file: file(), keysDirectory: path.join(home, 'keys') })
const place = async (text: string, mode = 0o600) => {
  await mkdir(path.dirname(file()), { recursive: true })
  await writeFile(file(), text, { mode })
}

describe('the master key', () => {
  it('is made at the first start, for its owner alone, and is the same ever after', async () => {
    const key = await load()
    expect(key).toHaveLength(32)
    expect((await stat(file())).mode & 0o777).toBe(0o600)
    expect((await stat(path.dirname(file()))).mode & 0o777).toBe(0o700)
    expect(await load()).toEqual(key)
    expect(await readFile(file(), 'utf8')).toBe(`${key.toString('base64')}\n`)
    expect(await readdir(path.dirname(file()))).toEqual(['master.key'])
  })

  it('is one key when many start for the first time at once', async () => {
    const keys = await Promise.all(Array.from({ length: 20 }, load))
    expect(new Set(keys.map((key) => key.toString('hex'))).size).toBe(1)
    expect(await readdir(path.dirname(file()))).toEqual(['master.key'])
  })

  it('is closed to others again when its file was left open to them', async () => {
    const key = await load()
    await place(await readFile(file(), 'utf8'))
    await rm(file())
    await place(`${key.toString('base64')}\n`, 0o644)
    expect(await load()).toEqual(key)
    expect((await stat(file())).mode & 0o777).toBe(0o600)
  })

  it('is never replaced when keys made with it are there: its loss is said with what to do', async () => {
    await mkdir(path.join(home, 'keys/some-tenant'), { recursive: true })
    await expect(load()).rejects.toMatchObject({
      kind: 'corrupt',
      retryable: false,
      message: `The master key file ${file()} is missing, and keys made with it are in ${path.join(home, 'keys')}. Restore the file; a new one could not open what is stored.`,
    })
    await expect(stat(file())).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('is made when the keys’ directory is there and empty', async () => {
    await mkdir(path.join(home, 'keys'))
    expect(await load()).toHaveLength(32)
  })

  const damaged: [string, string][] = [
    ['empty', ''],
    ['too short', Buffer.alloc(31, 1).toString('base64')],
    ['too long', Buffer.alloc(33, 1).toString('base64')],
    ['in hexadecimal', 'ab'.repeat(32)],
    ['cut', Buffer.alloc(32, 1).toString('base64').slice(0, -3)],
    [
      'with a stranger’s characters',
      `${Buffer.alloc(32, 1).toString('base64').slice(0, 20)}!?${'A'.repeat(24)}`,
    ],
    ['two keys', `${Buffer.alloc(32, 1).toString('base64')}\n${Buffer.alloc(32, 2).toString('base64')}\n`],
  ]
  it.each(damaged)('that is %s is refused in a sentence, and left as it is', async (_, text) => {
    await place(text)
    await expect(load()).rejects.toMatchObject({
      kind: 'corrupt',
      message: `The master key file ${file()} is damaged: it should hold 32 bytes in base64. Restore it from your copy; without it what is stored cannot be read.`,
    })
    expect(await readFile(file(), 'utf8')).toBe(text)
  })

  it('that cannot be read is said so, with the setting that names another file', async () => {
    await mkdir(file(), { recursive: true })
    await expect(load()).rejects.toMatchObject({
      kind: 'unavailable',
      retryable: false,
      message: expect.stringContaining('LOOM_MASTER_KEY_FILE'),
    })
  })

  it('that cannot be made is said so', async () => {
    await writeFile(path.join(home, 'deep'), 'a file in the way')
    await expect(load()).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('writable'),
    })
  })
})
