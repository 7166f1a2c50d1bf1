import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LoomError } from '../../../../src/core/errors.ts'
import { createS3Client } from '../../../../src/storage/objects/s3/client.ts'
import { createKeysBucket, type KeysBucket } from '../../../../src/storage/vault/kms/keys-bucket.ts'
import { type Aws, keysBucket, openAws, suspendedBucket, versionedBucket } from './support.ts'

let aws: Aws
let bucket: KeysBucket
beforeEach(async () => {
  aws = await openAws()
  bucket = createKeysBucket(aws.deps)
})
afterEach(() => aws.close())

const of = (name: string) => createKeysBucket({ ...aws.deps, keysBucket: name })
const [first, second] = [Buffer.from('first'), Buffer.from('second')]

/** The `LoomError` of a promise that must fail; it names no bucket, no key and no address. */
async function fault(promise: Promise<unknown>): Promise<LoomError> {
  const thrown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (!(thrown instanceof LoomError)) throw new Error(`no LoomError: ${thrown}`)
  for (const word of [keysBucket, 'a/b.key', '127.0.0.1', 'AKIA']) {
    expect(`${thrown.message} ${thrown.detail}`).not.toContain(word)
  }
  return thrown
}

describe('the bucket of keys', () => {
  it('keeps what the first one wrote', async () => {
    expect(await bucket.read('a/b.key')).toBeUndefined()
    expect(await bucket.writeFirst('a/b.key', first)).toBe(true)
    expect(await bucket.writeFirst('a/b.key', second)).toBe(false)
    expect(await bucket.read('a/b.key')).toEqual(first)
  })

  it('writes again after a conflict with another who writes at the same moment', async () => {
    aws.s3.fail({ count: 2, status: 409, code: 'ConditionalRequestConflict' })
    expect(await bucket.writeFirst('a/b.key', first)).toBe(true)
    expect(await bucket.read('a/b.key')).toEqual(first)
  })

  it('gives up after many conflicts', async () => {
    aws.s3.fail({ status: 409, code: 'ConditionalRequestConflict' })
    expect(await fault(bucket.writeFirst('a/b.key', first))).toMatchObject({
      kind: 'unavailable',
      retryable: true,
    })
    aws.s3.mend()
    expect(await bucket.read('a/b.key')).toBeUndefined()
  })

  it('deletes a folder and not its namesakes', async () => {
    for (const name of ['a/b.key', 'a/c/d.key', 'ab/c.key', 'a']) await bucket.writeFirst(name, first)
    expect(await bucket.deleteFolder('a')).toBe(2)
    expect(await aws.bucket.names()).toEqual(['a', 'ab/c.key'])
    expect(await bucket.deleteFolder('a')).toBe(0)
  })

  it('deletes a folder of more than one page', async () => {
    const names = Array.from({ length: 1_100 }, (_, at) => `a/${at}.key`)
    for (let at = 0; at < names.length; at += 100) {
      await Promise.all(names.slice(at, at + 100).map((name) => bucket.writeFirst(name, first)))
    }
    expect(await bucket.deleteFolder('a')).toBe(1_100)
    expect(await aws.bucket.names()).toEqual([])
  })

  it('is refused when it keeps versions, and when it still has some from before', async () => {
    await bucket.refuseVersions()
    const refusal = { kind: 'forbidden', message: expect.stringContaining('never had versioning') }
    await expect(of(versionedBucket).refuseVersions()).rejects.toMatchObject(refusal)
    await of(suspendedBucket).writeFirst('a/b.key', first)
    await of(suspendedBucket).refuseVersions()
    for (const version of aws.s3.objects(suspendedBucket)) version.versionId = 'from-before'
    await expect(of(suspendedBucket).refuseVersions()).rejects.toMatchObject(refusal)
  })

  it.each([16 * 60_000, -16 * 60_000])('is used with a clock that is %i ms off', async (offset) => {
    aws.s3.clockOffsetMs = offset
    expect(await bucket.writeFirst('a/b.key', first)).toBe(true)
    expect(await bucket.read('a/b.key')).toEqual(first)
  })
})

describe('a fault of the bucket of keys', () => {
  const cases: [number, string, string][] = [
    [403, 'AccessDenied', 's3:ListBucket'],
    [503, 'SlowDown', 'asked too often'],
    [500, 'InternalError', 'does not answer as it should'],
    [403, 'SomethingNew', 'does not answer as it should'],
    [301, 'PermanentRedirect', 'AWS_REGION'],
    [400, 'AuthorizationHeaderMalformed', 'AWS_REGION'],
    [403, 'InvalidAccessKeyId', 'AWS_ACCESS_KEY_ID'],
    [403, 'SignatureDoesNotMatch', 'AWS_SECRET_ACCESS_KEY'],
    [400, 'ExpiredToken', 'Renew'],
    [403, 'RequestTimeTooSkewed', 'clock'],
  ]
  it.each(cases)('%i %s is said in words', async (status, code, words) => {
    aws.s3.fail({ status, code })
    const errors = await Promise.all([
      fault(bucket.read('a/b.key')),
      fault(bucket.writeFirst('a/b.key', first)),
      fault(bucket.deleteFolder('a')),
      fault(bucket.refuseVersions()),
    ])
    for (const error of errors) {
      expect(error).toMatchObject({ kind: 'unavailable', retryable: true })
      expect(error.message).toContain(words)
    }
    aws.s3.mend()
    expect(await bucket.writeFirst('a/b.key', first)).toBe(true)
  })

  it('that breaks an answer off passes with the next try', async () => {
    await bucket.writeFirst('a/b.key', first)
    aws.s3.cutBodies(1)
    expect(await fault(bucket.read('a/b.key'))).toMatchObject({ kind: 'unavailable', retryable: true })
    expect(await bucket.read('a/b.key')).toEqual(first)
  })

  it.each([0, 4])('that sends %i bytes of an answer and then nothing ends in time', async (bytes) => {
    const server = createServer((_, response) => {
      if (bytes > 0) response.writeHead(200, { 'content-length': 100 }).write(Buffer.alloc(bytes))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const s3 = createS3Client({ ...aws.s3, endpoint })
    const slow = createKeysBucket({ s3, keysBucket, readMs: 200 })
    expect(await fault(slow.read('a/b.key'))).toMatchObject({ kind: 'unavailable', retryable: true })
    s3.destroy()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
})
