import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ObjectStore } from '../../../src/core/ports.ts'
import { createDiskObjects } from '../../../src/storage/objects/disk.ts'
import { importFile } from '../../../src/storage/objects/import-file.ts'

const signal = new AbortController().signal
let base: string
let store: ObjectStore

beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'loom-import-')))
  store = createDiskObjects({ root: join(base, 'objects') })
})

afterEach(() => rmSync(base, { recursive: true, force: true }))

const key = (sha256: string) => `t/j/blobs/${sha256}`
const bring = (path: string, more: { limitBytes?: number; signal?: AbortSignal; store?: ObjectStore } = {}) =>
  importFile({ path, store, key, limitBytes: 50_000_000, signal, ...more })

function file(name: string, content: string | Uint8Array): string {
  const path = join(base, name)
  writeFileSync(path, content)
  return path
}

/** Nothing of the file is in the store, neither as an object nor half written. */
function expectNothingStored() {
  expect(readdirSync(join(base, 'objects'))).toEqual(['.incoming'])
  expect(readdirSync(join(base, 'objects/.incoming'))).toEqual([])
}

/** A store that lets something happen to the file between the first pass and the second. */
function meanwhile(happens: () => void): ObjectStore {
  return {
    ...store,
    put: (...put) => {
      happens()
      return store.put(...put)
    },
  }
}

describe('importing a file of the person', () => {
  it('stores it under its hash and answers hash, size and head', async () => {
    const content = Buffer.alloc(700_001, 'line of text\n')
    const sha256 = createHash('sha256').update(content).digest('hex')
    const seen = await bring(file('churn.csv', content))
    expect(seen.sha256).toBe(sha256)
    expect(seen.bytes).toBe(700_001)
    expect(Buffer.from(seen.head).equals(content.subarray(0, 65_536))).toBe(true)
    expect(Buffer.from(await store.get(key(sha256))).equals(content)).toBe(true)
  })

  it('takes an empty file, a file twice, and a link to a file', async () => {
    const path = file('a.txt', '')
    expect((await bring(path)).bytes).toBe(0)
    expect((await bring(path)).head.length).toBe(0)
    symlinkSync(path, join(base, 'link.txt'))
    expect((await bring(join(base, 'link.txt'))).bytes).toBe(0)
  })

  it('takes a file of exactly the limit and refuses one byte more, naming both sizes', async () => {
    const path = file('big.csv', Buffer.alloc(1_001))
    expect((await bring(path, { limitBytes: 1_001 })).bytes).toBe(1_001)
    await expect(bring(path, { limitBytes: 1_000 })).rejects.toMatchObject({
      kind: 'too_large',
      message: expect.stringMatching(/big\.csv has 1,001 bytes.*at most 1 KB/),
    })
  })

  it.each([200_000_000, 20_000_000_000])(
    'refuses a file of %i bytes at once, without reading it',
    async (bytes) => {
      const path = file('sparse.bin', '')
      truncateSync(path, bytes)
      const before = process.memoryUsage()
      await expect(bring(path)).rejects.toMatchObject({ kind: 'too_large' })
      const after = process.memoryUsage()
      expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(1_000_000)
      expectNothingStored()
    },
  )

  it('holds no more than a few chunks of a large file in memory', async () => {
    const path = file('large.bin', '')
    truncateSync(path, 150_000_000)
    const before = process.memoryUsage().rss
    let [looks, most] = [0, 0]
    const timer = setInterval(() => {
      looks += 1
      most = Math.max(most, process.memoryUsage().rss - before)
    }, 5)
    await bring(path, { limitBytes: 200_000_000 })
    clearInterval(timer)
    expect(looks).toBeGreaterThan(0)
    expect(most).toBeLessThan(100_000_000)
  })

  it('refuses folders, pipes, devices and sockets, saying which it is', async () => {
    mkdirSync(join(base, 'folder'))
    execFileSync('mkfifo', [join(base, 'pipe')])
    const server = createServer().listen(join(base, 'socket'))
    await new Promise((resolve) => server.once('listening', resolve))
    for (const [path, word] of [
      [join(base, 'folder'), 'a folder'],
      [join(base, 'pipe'), 'a pipe'],
      [join(base, 'socket'), 'a socket'],
      ['/dev/zero', 'a device'],
      ['/', 'a folder'],
    ] as const) {
      await expect(bring(path)).rejects.toMatchObject({
        kind: 'invalid_input',
        message: expect.stringContaining(word),
      })
    }
    await new Promise((resolve) => server.close(resolve))
    expectNothingStored()
  })

  it('says not_found for a file that is not there, and refuses a name with a NUL', async () => {
    await expect(bring(join(base, 'none.csv'))).rejects.toMatchObject({
      kind: 'not_found',
      message: 'There is no file none.csv.',
    })
    await expect(bring(join(file('a', ''), 'b'))).rejects.toMatchObject({ kind: 'not_found' })
    await expect(bring(`${base}/a\0b`)).rejects.toMatchObject({ kind: 'invalid_input' })
  })

  it.each<[string, (path: string) => void, string]>([
    ['vanishes', (path) => rmSync(path), 'not_found'],
    ['shrinks', (path) => truncateSync(path, 10), 'invalid_input'],
    ['grows', (path) => appendFileSync(path, 'more'), 'invalid_input'],
    ['grows past the limit', (path) => truncateSync(path, 60_000_000), 'invalid_input'],
    ['is written over', (path) => writeFileSync(path, Buffer.alloc(500_000, 'b')), 'invalid_input'],
    [
      'is replaced by another of the same size',
      (path) => {
        writeFileSync(`${path}.new`, Buffer.alloc(500_000, 'b'))
        renameSync(`${path}.new`, path)
      },
      'invalid_input',
    ],
    [
      'is written over by a program that hides it',
      (path) => {
        writeFileSync(path, Buffer.alloc(500_000, 'b'))
        utimesSync(path, 1_000_000, 1_000_000)
      },
      'invalid_input',
    ],
  ])('stores nothing of a file that %s while it is read', async (_, happens, kind) => {
    const path = file('moving.csv', Buffer.alloc(500_000, 'a'))
    utimesSync(path, 1_000_000, 1_000_000)
    await expect(bring(path, { store: meanwhile(() => happens(path)) })).rejects.toMatchObject({ kind })
    expectNothingStored()
  })

  it('refuses a file that says it is empty and is not', async () => {
    await expect(bring('/proc/self/status')).rejects.toMatchObject({ kind: 'invalid_input' })
    expectNothingStored()
  })

  it('stops at an abort and stores nothing', async () => {
    const stop = new AbortController()
    const path = file('a.csv', Buffer.alloc(500_000))
    const stopped = bring(path, {
      signal: stop.signal,
      store: meanwhile(() => stop.abort(new Error('stopped'))),
    })
    await expect(stopped).rejects.toThrow('stopped')
    await expect(bring(path, { signal: stop.signal })).rejects.toThrow('stopped')
    expectNothingStored()
  })

  it('lets what the store says through', async () => {
    const broken: ObjectStore = { ...store, put: () => Promise.reject(new Error('the store is away')) }
    await expect(bring(file('a.csv', 'x'), { store: broken })).rejects.toThrow('the store is away')
  })
})
