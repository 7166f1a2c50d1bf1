import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LoomError } from '../../src/core/errors.ts'
import type { ObjectStore } from '../../src/core/ports.ts'

const meta = { mediaType: 'text/plain' }

/** What every store of objects does alike. Each test keeps to a tenant of its own. */
export function objectStoreContract(
  name: string,
  open: () => Promise<{ store: ObjectStore; close(): Promise<void> }>,
  /** `countsDeleted`: whether the server beneath can list versions, by which S3's objects are deleted. */
  options: { countsDeleted: boolean } = { countsDeleted: true },
): void {
  describe(`an object store (${name})`, () => {
    let store: ObjectStore
    let close: () => Promise<void>
    beforeAll(async () => {
      const opened = await open()
      store = opened.store
      close = opened.close
    })
    afterAll(() => close())

    const fresh = () => `t${randomBytes(6).toString('hex')}`
    const text = async (key: string) => Buffer.from(await store.get(key)).toString()
    const put = (key: string, body: string) => store.put(key, Buffer.from(body), meta)

    it('gives back what was put, from bytes and from a stream, and replaces it', async () => {
      const t = fresh()
      await put(`${t}/j/blobs/a`, 'one')
      expect(await text(`${t}/j/blobs/a`)).toBe('one')
      await store.put(`${t}/j/blobs/a`, Readable.from([Buffer.from('two '), Buffer.from('halves')]), meta)
      expect(await text(`${t}/j/blobs/a`)).toBe('two halves')
      const { body, bytes } = await store.stream(`${t}/j/blobs/a`)
      expect(bytes).toBe(10)
      expect(Buffer.concat(await body.toArray()).toString()).toBe('two halves')
    })

    it('keeps an empty object, from bytes and from a stream', async () => {
      const t = fresh()
      await put(`${t}/bytes`, '')
      await store.put(`${t}/stream`, Readable.from([]), meta)
      expect([await text(`${t}/bytes`), await text(`${t}/stream`)]).toEqual(['', ''])
    })

    it('keeps 20 MB that come as a stream, to the byte', async () => {
      const key = `${fresh()}/large`
      const pieces = Array.from({ length: 20 }, () => randomBytes(1_048_576))
      await store.put(key, Readable.from(pieces), meta)
      expect(Buffer.concat(pieces).equals(await store.get(key))).toBe(true)
      const { body, bytes } = await store.stream(key)
      expect(bytes).toBe(20 * 1_048_576)
      expect(Buffer.concat(pieces).equals(Buffer.concat(await body.toArray()))).toBe(true)
    })

    it.each([10, 9_000_000])(
      'shows nothing when a stream fails after %i bytes, and throws what failed',
      async (size) => {
        const key = `${fresh()}/a`
        async function* failing() {
          yield randomBytes(size)
          throw new Error('the source went away')
        }
        await expect(store.put(key, Readable.from(failing()), meta)).rejects.toThrow('the source went away')
        expect(await kindOf(store.get(key))).toBe('not_found')
      },
    )

    it('fails, and does not end the process, with a stream that failed before it was read', async () => {
      const body = new Readable({ read() {} })
      body.destroy(new Error('gone already'))
      await expect(store.put(`${fresh()}/a`, body, meta)).rejects.toThrow('gone already')
    })

    it('takes the same key from many writers at once', async () => {
      const key = `${fresh()}/j/blobs/same`
      await Promise.all(Array.from({ length: 20 }, () => put(key, 'same')))
      expect(await text(key)).toBe('same')
    })

    it('says not_found for what is not there', async () => {
      const t = fresh()
      expect(await kindOf(store.get(`${t}/none`))).toBe('not_found')
      expect(await kindOf(store.stream(`${t}/none`))).toBe('not_found')
    })

    it.each(['', '/etc/passwd', '../x', 'a/../../b', 'a/./b', 'a//b', 'a\\b', 'a\0b', '\ud800'])(
      'refuses the key %j',
      async (key) => {
        expect(await kindOf(put(key, 'x'))).toBe('invalid_input')
        expect(await kindOf(store.get(key))).toBe('invalid_input')
        expect(await kindOf(store.deletePrefix(key))).toBe('invalid_input')
        const file = { ttlMs: 1_000, fileName: 'a', mediaType: 'text/plain' }
        expect(await kindOf(store.presign(key, file))).toBe('invalid_input')
        expect(() => store.localPath(key)).toThrow(LoomError)
      },
    )

    if (!options.countsDeleted) return

    it('deletes whole segments below a prefix, counts objects, and does not mind doing it again', async () => {
      const t = fresh()
      for (const key of ['j/a', 'j/b/c', 'j2/a']) await put(`${t}/${key}`, 'x')
      await put(`${t}t/j/a`, 'x')
      expect(await store.deletePrefix(`${t}/j`)).toBe(2)
      expect(await store.deletePrefix(`${t}/j/`)).toBe(0)
      expect(await text(`${t}/j2/a`)).toBe('x')
      expect(await store.deletePrefix(`${t}/`)).toBe(1)
      expect(await kindOf(store.get(`${t}/j2/a`))).toBe('not_found')
      expect(await text(`${t}t/j/a`)).toBe('x')
    })

    it('lists what lies below a prefix, in order, with sizes and moments', async () => {
      const t = fresh()
      const beganMs = Date.now()
      for (const key of ['j/b/c', 'j/a', 'j2/a']) await put(`${t}/${key}`, 'four')
      const listed = await listOf(store.list(`${t}/j`))
      const current = listed.filter(({ isOld }) => !isOld)
      expect(current.map(({ bytes, key }) => [key, bytes])).toEqual([
        [`${t}/j/a`, 4],
        [`${t}/j/b/c`, 4],
      ])
      for (const { storedAtMs } of current) expect(storedAtMs).toBeGreaterThan(beganMs - 2_000)
      const all = (await listOf(store.list(''))).map(({ key }) => key)
      expect(all).toEqual(expect.arrayContaining([`${t}/j/a`, `${t}/j2/a`]))
      await store.deletePrefix(`${t}/`)
      expect(await listOf(store.list(`${t}/`))).toEqual([])
    })

    it('removes what is no object once it is old enough, and no object', async () => {
      const t = fresh()
      for (const body of ['one', 'two']) await put(`${t}/j/a`, body)
      await store.tidy({ olderThanMs: 3_600_000 })
      await store.tidy({ olderThanMs: -60_000 })
      expect((await listOf(store.list(`${t}/`))).map(({ isOld }) => isOld)).toEqual([false])
      expect(await text(`${t}/j/a`)).toBe('two')
    })
  })
}

async function listOf<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}

export async function kindOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'no error',
    (thrown: unknown) => (thrown instanceof LoomError ? thrown.kind : `a stranger: ${thrown}`),
  )
}
