import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LoomError } from '../../../src/core/errors.ts'
import type { ObjectStore } from '../../../src/core/ports.ts'
import { createDiskObjects } from '../../../src/storage/objects/disk.ts'
import { onDisk } from '../../../src/storage/objects/disk-errors.ts'
import { objectStoreContract } from '../../contracts/object-store.ts'

const meta = { mediaType: 'text/plain' }
let base: string
let root: string
let store: ObjectStore

beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'loom-objects-')))
  root = join(base, 'objects')
  store = createDiskObjects({ root })
})

afterEach(() => rmSync(base, { recursive: true, force: true }))

const text = async (key: string) => Buffer.from(await store.get(key)).toString()
const put = (key: string, body: string) => store.put(key, Buffer.from(body), meta)
const halfWritten = () => readdirSync(join(root, '.incoming'))

async function kindOf(work: Promise<unknown>): Promise<string> {
  return await work.then(
    () => 'no error',
    (thrown: unknown) => (thrown instanceof LoomError ? thrown.kind : `a stranger: ${thrown}`),
  )
}

objectStoreContract('on disk', async () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'loom-objects-')))
  return {
    store: createDiskObjects({ root: folder }),
    close: async () => rmSync(folder, { recursive: true, force: true }),
  }
})

describe('the object store on disk', () => {
  it('leaves nothing half-written behind', async () => {
    await put('t/j/blobs/a', 'one')
    await store.put('t/j/blobs/a', Readable.from([Buffer.from('two '), Buffer.from('halves')]), meta)
    expect(await text('t/j/blobs/a')).toBe('two halves')
    expect(halfWritten()).toEqual([])
  })

  it('makes folders and files for their owner only', async () => {
    await put('t/j/a', 'x')
    expect(statSync(root).mode & 0o777).toBe(0o700)
    expect(statSync(join(root, 't')).mode & 0o777).toBe(0o700)
    expect(statSync(join(root, 't/j/a')).mode & 0o777).toBe(0o600)
  })

  it('shows nothing, and leaves nothing behind, when a stream fails in the middle', async () => {
    async function* failing() {
      yield Buffer.from('the first half')
      throw new Error('the source went away')
    }
    await expect(store.put('t/a', Readable.from(failing()), meta)).rejects.toThrow('the source went away')
    expect(await kindOf(store.get('t/a'))).toBe('not_found')
    expect(halfWritten()).toEqual([])
  })

  it('shows a reader the old object or the new one, never a part', async () => {
    const old = 'o'.repeat(300_000)
    const fresh = 'n'.repeat(200_000)
    await put('t/a', old)
    const seen = new Set<string>()
    const writes = (async () => {
      for (let round = 0; round < 20; round += 1) await put('t/a', round % 2 === 0 ? fresh : old)
    })()
    for (let round = 0; round < 40; round += 1) seen.add(await text('t/a'))
    await writes
    for (const one of seen) expect([old, fresh]).toContain(one)
  })

  it('takes the same key from many writers at once', async () => {
    await Promise.all(Array.from({ length: 20 }, () => put('t/j/blobs/same', 'same')))
    expect(await text('t/j/blobs/same')).toBe('same')
    expect(halfWritten()).toEqual([])
  })

  it('says not_found for a folder and a path through a file', async () => {
    await put('t/j/a', 'x')
    for (const key of ['t/j', 't/j/a/b']) expect(await kindOf(store.get(key))).toBe('not_found')
  })

  it.each([
    '',
    '/etc/passwd',
    '../x',
    'a/../../b',
    'a/..',
    '.',
    'a/./b',
    'a//b',
    'a/',
    'a\\b',
    'a\0b',
    'a\nb',
    'a\u007fb',
    '\ud800',
    `a/${'x'.repeat(256)}`,
    Array.from({ length: 300 }, () => 'abc').join('/'),
    '.incoming/x',
  ])('refuses the key %j', async (key) => {
    expect(await kindOf(put(key, 'x'))).toBe('invalid_input')
    expect(await kindOf(store.get(key))).toBe('invalid_input')
    expect(() => store.localPath(key)).toThrow(LoomError)
    // A prefix may end with one slash.
    if (key !== 'a/') expect(await kindOf(store.deletePrefix(key))).toBe('invalid_input')
  })

  it('refuses a key that needs a folder where an object is, and an object where a folder is', async () => {
    await put('t/a', 'x')
    expect(await kindOf(put('t/a/b', 'x'))).toBe('invalid_input')
    expect(await kindOf(put('t', 'x'))).toBe('invalid_input')
    expect(await text('t/a')).toBe('x')
  })

  it('never follows a link out of its root', async () => {
    const outside = join(base, 'outside')
    mkdirSync(join(outside, 'deep'), { recursive: true })
    writeFileSync(join(outside, 'secret'), 'secret')
    writeFileSync(join(outside, 'deep/kept'), 'kept')
    symlinkSync(outside, join(root, 'door'))
    mkdirSync(join(root, 't'))
    symlinkSync(join(outside, 'secret'), join(root, 't/file'))
    symlinkSync(outside, join(root, 't/folder'))

    for (const key of ['door/secret', 't/file', 't/folder/secret', 'door/deep/kept']) {
      expect(await kindOf(store.get(key))).toBe('not_found')
      expect(await kindOf(store.stream(key))).toBe('not_found')
      expect(store.localPath(key)).toBeUndefined()
    }
    expect(await kindOf(put('door/new', 'x'))).toBe('invalid_input')
    expect(await kindOf(put('door/deep/newer/x', 'x'))).toBe('invalid_input')
    expect(existsSync(join(outside, 'new'))).toBe(false)
    expect(existsSync(join(outside, 'deep/newer'))).toBe(false)
    await put('t/file', 'mine')
    expect(readFileSync(join(outside, 'secret'), 'utf8')).toBe('secret')

    expect(await store.deletePrefix('door/deep')).toBe(0)
    expect(await store.deletePrefix('t')).toBe(1)
    expect(await store.deletePrefix('door')).toBe(0)
    expect(readFileSync(join(outside, 'deep/kept'), 'utf8')).toBe('kept')
  })

  it('works below a root that is itself reached by a link', async () => {
    symlinkSync(root, join(base, 'alias'))
    const aliased = createDiskObjects({ root: join(base, 'alias') })
    await aliased.put('t/a', Buffer.from('x'), meta)
    expect(await text('t/a')).toBe('x')
  })

  it('deletes and puts under one prefix at the same time without an error', async () => {
    const work: Promise<unknown>[] = []
    for (let round = 0; round < 30; round += 1) {
      work.push(put(`t/j/${round % 3}/${round}`, 'x'), store.deletePrefix('t/j'))
    }
    await Promise.all(work)
    await store.deletePrefix('t')
    expect(existsSync(join(root, 't'))).toBe(false)
  })

  it('tells where an object lies, and that a folder or nothing lies nowhere', async () => {
    await put('t/a', 'x')
    expect(store.localPath('t/a')).toBe(join(root, 't/a'))
    expect(store.localPath('t')).toBeUndefined()
    expect(store.localPath('t/none')).toBeUndefined()
  })

  it('removes files that a killed process left an hour ago, and no younger ones', async () => {
    const left = join(root, '.incoming/left-by-a-kill')
    writeFileSync(left, 'half')
    createDiskObjects({ root })
    expect(existsSync(left)).toBe(true)
    createDiskObjects({ root, now: () => Date.now() + 61 * 60 * 1000 })
    expect(existsSync(left)).toBe(false)
  })

  it('says unavailable in words when the disk refuses', async () => {
    writeFileSync(join(base, 'file'), '')
    expect(() => createDiskObjects({ root: join(base, 'file/root') })).toThrow(
      expect.objectContaining({ kind: 'unavailable', retryable: true }),
    )
    for (const [code, words] of [
      ['ENOSPC', 'full'],
      ['EACCES', 'not allowed'],
      ['EROFS', 'read-only'],
      ['EIO', 'does not answer'],
    ] as const) {
      const refused = onDisk(async () => {
        throw Object.assign(new Error(`${code}: /secret/path`), { code, syscall: 'write' })
      })
      await expect(refused).rejects.toMatchObject({
        kind: 'unavailable',
        retryable: true,
        message: expect.stringContaining(words),
      })
      await expect(refused).rejects.not.toMatchObject({ message: expect.stringContaining('secret') })
    }
  })

  it('says unavailable for a folder that it may not write', async () => {
    chmodSync(root, 0o500)
    // Root may write everywhere: the attempt is made as an account that may not.
    if (process.getuid?.() === 0) process.seteuid?.(65_534)
    try {
      expect(await kindOf(put('t/a', 'x'))).toBe('unavailable')
    } finally {
      if (process.getuid?.() === 0) process.seteuid?.(0)
      chmodSync(root, 0o700)
    }
  })

  it('treats a hard link made by somebody else as the object that it is', async () => {
    await put('t/a', 'x')
    linkSync(join(root, 't/a'), join(root, 't/b'))
    expect(await text('t/b')).toBe('x')
    expect(dirname(store.localPath('t/b') ?? '')).toBe(join(root, 't'))
  })
})
