import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Readable } from 'node:stream'
import { DeleteObjectCommand } from '@aws-sdk/client-s3'
import S3rver from 's3rver'
import { afterEach, describe, expect, it } from 'vitest'
import { createS3Client, createS3Objects } from '../../../src/storage/objects/s3/index.ts'
import { objectStoreContract } from '../../contracts/object-store.ts'
import { type S3Fake, startS3 } from '../../fakes/s3-server.ts'
import { clientOn, kmsKeyId, meta, refusal, storeOn } from './s3-bed.ts'

objectStoreContract('S3', async () => {
  const s3 = await startS3({ buckets: [{ name: 'files', versioning: 'Enabled', requireKms: true }] })
  return { store: storeOn(s3), close: () => s3[Symbol.asyncDispose]() }
})

objectStoreContract(
  's3rver',
  async () => {
    const directory = await mkdtemp(path.join(tmpdir(), 'loom-s3rver-'))
    const server = new S3rver({
      port: 0,
      address: '127.0.0.1',
      silent: true,
      directory,
      configureBuckets: [{ name: 'files', configs: [] }],
    })
    const { port } = await server.run()
    const credentials = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' }
    const client = createS3Client({ region: 'us-east-1', endpoint: `http://127.0.0.1:${port}`, credentials })
    return {
      store: createS3Objects({ client, bucket: 'files', kmsKeyId: undefined, now: Date.now }),
      async close() {
        client.destroy()
        await server.close()
        await rm(directory, { recursive: true, force: true })
      },
    }
  },
  { countsDeleted: false },
)

describe('files in S3', () => {
  const opened: S3Fake[] = []
  afterEach(async () => {
    for (const s3 of opened.splice(0)) await s3[Symbol.asyncDispose]()
  })
  const open = async (versioning?: 'Enabled') => {
    const bucket = { name: 'files', requireKms: true, ...(versioning ? { versioning } : {}) }
    const s3 = await startS3({ buckets: [bucket] })
    opened.push(s3)
    return s3
  }

  it('are encrypted under the KMS key and checked by their sum, in one request and in parts', async () => {
    const s3 = await open()
    const store = storeOn(s3)
    await store.put('t/j/small', Buffer.from('x'), meta)
    await store.put('t/j/large', Readable.from([randomBytes(9_000_000), randomBytes(9_000_000)]), meta)
    const under = { sse: 'aws:kms', kmsKeyId, bucketKey: true }
    expect(s3.objects('files')).toMatchObject([
      { ...under, checksumSha256: expect.any(String) },
      // Of parts only a CRC is kept over the whole, and only such a sum is checked when they are read.
      { ...under, checksumCrc32: expect.any(String) },
    ])
    expect(s3.requests.filter(({ query }) => query.has('partNumber'))).toHaveLength(3)
    expect(s3.uploads('files')).toEqual([])
  })

  it('leave no part behind when their source fails or S3 stops taking parts', async () => {
    const s3 = await open()
    const store = storeOn(s3)
    async function* failing() {
      yield randomBytes(9_000_000)
      yield randomBytes(9_000_000)
      throw new Error('gone')
    }
    await expect(store.put('t/a', Readable.from(failing()), meta)).rejects.toThrow('gone')
    s3.fail({ match: ({ query }) => query.get('partNumber') === '2', status: 403, code: 'AccessDenied' })
    const denied = await refusal(store.put('t/b', Readable.from([randomBytes(20_000_000)]), meta))
    expect(denied).toMatchObject({ kind: 'unavailable', retryable: true })
    expect([s3.uploads('files'), s3.objects('files')]).toEqual([[], []])
  })

  it('are gone with all their versions, marks and unfinished uploads, over many pages', async () => {
    const s3 = await open('Enabled')
    const store = storeOn(s3)
    const client = clientOn(s3)
    await store.put('t/j/a', Buffer.from('1'), meta)
    await client.send(new DeleteObjectCommand({ Bucket: 'files', Key: 't/j/a' }))
    await store.put('t/j/a', Buffer.from('2'), meta)
    const [first] = s3.objects('files')
    const many = Array.from({ length: 2_500 }, (_, at) => ({
      ...first,
      key: `t/j/${at % 50}`,
      versionId: `v${at}`,
    }))
    ;(s3.objects('files') as unknown[]).push(...many)
    ;(s3.uploads('files') as unknown[]).push(
      ...Array.from({ length: 1_200 }, (_, at) => ({
        key: `t/j/up${at}`,
        uploadId: `u${at}`,
        begunAtMs: 0,
        parts: new Map(),
      })),
      { key: 't/jj/up', uploadId: 'other', begunAtMs: 0, parts: new Map() },
    )
    await store.put('t/jj/a', Buffer.from('kept'), meta)
    expect(await store.deletePrefix('t/j')).toBe(2_502)
    expect(s3.objects('files').map((version) => version.key)).toEqual(['t/jj/a'])
    expect(s3.uploads('files').map((upload) => upload.uploadId)).toEqual(['other'])
    expect(await store.deletePrefix('t/j')).toBe(0)
  })

  it('are handed out at an address that downloads under their name, is kept by nobody and ends', async () => {
    const s3 = await open()
    const store = storeOn(s3)
    await store.put('t/j/a', Buffer.from('<script>'), meta)
    const input = { ttlMs: 60_000, fileName: 'final/Übersicht.html', mediaType: 'text/html' }
    const url = (await store.presign('t/j/a', input)) ?? ''
    const response = await fetch(url)
    expect([response.status, await response.text()]).toEqual([200, '<script>'])
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-disposition': `attachment; filename="_bersicht.html"; filename*=UTF-8''%C3%9Cbersicht.html`,
      'cache-control': 'private, no-store',
      'content-type': 'text/html',
    })
    const other = url.replace('/t/j/a', '/t/j/b')
    expect((await fetch(other)).status).toBe(403)
    expect((await fetch(url.replace('attachment', 'inline'))).status).toBe(403)
    s3.clockOffsetMs = 61_000
    expect((await fetch(url)).status).toBe(403)
  })

  it.each([6, -6, 20, -20])(
    'are kept and handed out with a clock that is %i minutes off',
    async (minutes) => {
      const s3 = await open()
      s3.clockOffsetMs = minutes * 60_000
      const store = storeOn(s3)
      await store.put('t/a', Buffer.from('x'), meta)
      expect(Buffer.from(await store.get('t/a')).toString()).toBe('x')
      const url = await store.presign('t/a', { ttlMs: 60_000, fileName: 'a', mediaType: 'text/plain' })
      // The client has learned the server's time from its answers, and the address is signed by that.
      expect((await fetch(url ?? '')).status).toBe(200)
    },
  )

  it.each<[string, { status: number; code: string }, RegExp]>([
    ['denies', { status: 403, code: 'AccessDenied' }, /refused access\. Allow s3:PutObject/],
    ['has no such bucket', { status: 404, code: 'NoSuchBucket' }, /no bucket that S3_BUCKET names/],
    ['finds the token expired', { status: 400, code: 'ExpiredToken' }, /have expired\. Renew/],
    ['is slowed down for ever', { status: 503, code: 'SlowDown' }, /asked too often/],
    ['fails for ever', { status: 500, code: 'InternalError' }, /does not answer as it should/],
  ])('wait while S3 %s, with a sentence that says what to do and names nothing', async (_, fault, words) => {
    const s3 = await open()
    const store = storeOn(s3)
    s3.fail(fault)
    const calls = [() => store.put('t/secret-key', Buffer.from('x'), meta), () => store.get('t/secret-key')]
    for (const call of calls) {
      const error = await refusal(call())
      expect(error).toMatchObject({
        kind: 'unavailable',
        retryable: true,
        message: expect.stringMatching(words),
      })
      expect(`${error.message} ${error.detail}`).not.toMatch(/secret|files\b(?!\s*is|.*store)|arn:|127\.0/)
      expect(error.detail).toBe(`s3: ${fault.code} ${fault.status}`)
    }
    s3.mend()
    await store.put('t/secret-key', Buffer.from('x'), meta)
    expect(Buffer.from(await store.get('t/secret-key')).toString()).toBe('x')
  })

  it('pass over failures that last two attempts', async () => {
    const s3 = await open()
    s3.fail({ status: 500, code: 'InternalError', count: 2 })
    await storeOn(s3).put('t/a', Buffer.from('x'), meta)
    expect(s3.objects('files')).toHaveLength(1)
  })

  it('say which region the bucket lies in', async () => {
    const s3 = await open()
    const error = await refusal(storeOn(s3, { region: 'us-west-2' }).put('t/a', Buffer.from('x'), meta))
    expect(error.message).toBe(
      'The bucket that S3_BUCKET names lies in eu-central-1, and AWS_REGION says us-west-2. Set AWS_REGION to eu-central-1.',
    )
  })

  it.each([{ secretAccessKey: 'wrong-secret' }, { accessKeyId: 'AKIAWRONG' }])(
    'say that the credentials are not accepted: %j',
    async (keys) => {
      const s3 = await open()
      const error = await refusal(storeOn(s3, keys).get('t/a'))
      expect(error).toMatchObject({ kind: 'unavailable', message: expect.stringContaining('credentials') })
      expect(error.message).not.toMatch(/wrong/i)
    },
  )

  it('are not given out when they were damaged, or broke off on the way', async () => {
    const s3 = await open()
    const store = storeOn(s3)
    await store.put('t/a', Buffer.from('whole'), meta)
    s3.corrupt('files', 't/a')
    expect(await refusal(store.get('t/a'))).toMatchObject({ kind: 'unavailable', detail: 's3: checksum' })
    await store.put('t/b', randomBytes(400_000), meta)
    s3.cutBodies(1)
    expect(await refusal(store.get('t/b'))).toMatchObject({ kind: 'unavailable', retryable: true })
    s3.cutBodies(1)
    const { body } = await store.stream('t/b')
    expect(await refusal(body.toArray())).toMatchObject({ kind: 'unavailable', retryable: true })
    expect(await store.get('t/b')).toHaveLength(400_000)
  })

  it('wait while nobody answers', async () => {
    const s3 = await startS3({ buckets: [{ name: 'files' }] })
    const store = storeOn(s3)
    await s3[Symbol.asyncDispose]()
    expect(await refusal(store.get('t/a'))).toMatchObject({
      kind: 'unavailable',
      message: 'The file store cannot be reached. Check the network of this machine, and AWS_REGION.',
    })
  })
})
