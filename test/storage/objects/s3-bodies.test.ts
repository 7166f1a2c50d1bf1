import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type S3Fake, startS3 } from '../../fakes/s3-server.ts'
import { meta, refusal, storeOn } from './s3-bed.ts'

describe('bodies on their way from and to S3', () => {
  let s3: S3Fake
  beforeEach(async () => {
    s3 = await startS3({ buckets: [{ name: 'files', versioning: 'Enabled' }] })
  })
  afterEach(() => s3[Symbol.asyncDispose]())

  const parts = () => Readable.from([randomBytes(9_000_000), randomBytes(9_000_000)])

  it('are refused when they were damaged, also when they went up in parts', async () => {
    const store = storeOn(s3)
    await store.put('t/whole', Buffer.from('whole'), meta)
    await store.put('t/parts', parts(), meta)
    for (const key of ['t/whole', 't/parts']) {
      s3.corrupt('files', key)
      const damaged = { kind: 'unavailable', retryable: true, detail: 's3: checksum' }
      expect(await refusal(store.get(key))).toMatchObject(damaged)
      const { body } = await store.stream(key)
      expect(await refusal(body.toArray())).toMatchObject(damaged)
    }
  })

  it('are given up when S3 falls silent in the middle', async () => {
    const store = storeOn(s3, { silenceMs: 300 })
    await store.put('t/a', randomBytes(400_000), meta)
    s3.stallBodies(2)
    expect(await refusal(store.get('t/a'))).toMatchObject({ kind: 'unavailable', detail: 's3: TimeoutError' })
    const { body } = await store.stream('t/a')
    expect(await refusal(body.toArray())).toMatchObject({ kind: 'unavailable', detail: 's3: TimeoutError' })
    expect(await store.get('t/a')).toHaveLength(400_000)
  })

  it('let their connection go when nobody reads them', async () => {
    const store = storeOn(s3)
    await store.put('t/a', randomBytes(400_000), meta)
    // More than the client has connections.
    for (let round = 0; round < 300; round += 1) (await store.stream('t/a')).body.destroy()
    expect(await store.get('t/a')).toHaveLength(400_000)
  })

  it('tell a reader who comes late that they broke off, and do not end the process', async () => {
    const store = storeOn(s3)
    await store.put('t/a', randomBytes(400_000), meta)
    s3.cutBodies(1)
    const { body } = await store.stream('t/a')
    await expect.poll(() => body.destroyed).toBe(true)
    expect(await refusal(body.toArray())).toMatchObject({ kind: 'unavailable', retryable: true })
  })

  it.each([
    ['fails', Object.assign(new Error('the chat went away'), { code: 'ECONNRESET' }), 'the chat went away'],
    ['is destroyed', undefined, 'Premature close'],
  ])(
    'leave nothing when their source %s, and its error is not taken for one of S3',
    async (_, fault, words) => {
      const store = storeOn(s3)
      for (const bytes of [100, 18_000_000]) {
        const body = new Readable({ read() {} })
        body.push(randomBytes(bytes))
        const put = store.put('t/a', body, meta)
        if (bytes > 100) await expect.poll(() => s3.uploads('files')[0]?.parts.size).toBe(2)
        body.destroy(fault)
        await expect(put).rejects.toThrow(words)
      }
      expect([s3.objects('files'), s3.uploads('files')]).toEqual([[], []])
    },
  )

  it('leave nothing when their source failed long before, for a reason that S3 could have too', async () => {
    const body = new Readable({ read() {} })
    body.on('error', () => undefined)
    body.destroy(Object.assign(new Error('the chat went away'), { code: 'ECONNRESET' }))
    await expect.poll(() => body.closed).toBe(true)
    await expect(storeOn(s3).put('t/a', body, meta)).rejects.toThrow('the chat went away')
    expect(s3.requests).toEqual([])
  })

  it('go in one request up to a part’s size, and stay one object at its border', async () => {
    const store = storeOn(s3)
    for (const bytes of [8_388_607, 8_388_608, 8_388_609]) {
      const body = Buffer.alloc(bytes, 'loom')
      const pieces = [body.subarray(0, 5_000_000), Buffer.alloc(0), body.subarray(5_000_000)]
      await store.put(`t/${bytes}`, Readable.from(pieces), meta)
      expect(Buffer.compare(await store.get(`t/${bytes}`), body)).toBe(0)
    }
    const began = s3.requests.filter(({ method, query }) => method === 'POST' && query.has('uploads'))
    expect(began.map(({ path }) => path)).toEqual(['/files/t/8388609'])
  })
})

describe('deleting in S3', () => {
  let s3: S3Fake
  beforeEach(async () => {
    s3 = await startS3({ buckets: [{ name: 'files', versioning: 'Enabled' }] })
  })
  afterEach(() => s3[Symbol.asyncDispose]())

  it('is not done while one object may not be deleted, though S3 answers 200', async () => {
    const store = storeOn(s3)
    for (const key of ['t/a', 't/b']) await store.put(key, Buffer.from('x'), meta)
    s3.keep('files', 't/a')
    expect(await refusal(store.deletePrefix('t'))).toMatchObject({
      kind: 'unavailable',
      retryable: true,
      detail: 's3: AccessDenied',
    })
    expect(s3.objects('files').map(({ key }) => key)).toEqual(['t/a'])
  })

  it('does not mind an upload that ended since it was listed', async () => {
    const store = storeOn(s3)
    const put = new Readable({ read() {} })
    put.push(randomBytes(18_000_000))
    const writing = store.put('t/a', put, meta)
    await expect.poll(() => s3.uploads('files')[0]?.parts.size).toBe(2)
    s3.fail({ match: ({ method }) => method === 'DELETE', status: 404, code: 'NoSuchUpload', count: 1 })
    expect(await store.deletePrefix('t')).toBe(0)
    put.push(null)
    await writing
    expect(await store.deletePrefix('t')).toBe(1)
  })
})

describe('an address of a file in S3', () => {
  it('opens for at least a second and at most seven days, and for no other place', async () => {
    await using s3 = await startS3({ buckets: [{ name: 'files' }] })
    const store = storeOn(s3)
    await store.put('t/a', Buffer.from('x'), meta)
    const file = { fileName: 'a', mediaType: 'text/plain' }
    const seconds = async (ttlMs: number) => {
      const url = new URL((await store.presign('t/a', { ttlMs, ...file })) ?? '')
      return [url.searchParams.get('X-Amz-Expires'), (await fetch(url)).status]
    }
    expect(await seconds(0)).toEqual(['1', 200])
    expect(await seconds(30 * 24 * 3_600_000)).toEqual(['604800', 200])
    expect(await refusal(store.presign('../a', { ttlMs: 1_000, ...file }))).toMatchObject({
      kind: 'invalid_input',
    })
  })
})
