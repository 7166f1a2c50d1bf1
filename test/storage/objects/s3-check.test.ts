import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkS3 } from '../../../src/storage/objects/s3/index.ts'
import { type S3Fake, startS3 } from '../../fakes/s3-server.ts'
import { clientOn, kmsKeyId } from './s3-bed.ts'

describe('the doctor of S3', () => {
  let s3: S3Fake
  beforeEach(async () => {
    s3 = await startS3({ buckets: [{ name: 'files', versioning: 'Enabled', requireKms: true }] })
  })
  afterEach(() => s3[Symbol.asyncDispose]())

  const check = (other: Parameters<typeof clientOn>[1] & { bucket?: string } = {}) => {
    const { bucket = 'files', ...rest } = other
    return checkS3(clientOn(s3, rest), { bucket, kmsKeyId })
  }

  it('finds a bucket that does what is needed, and leaves no version of its probe in it', async () => {
    const { clockOffMs = Number.NaN, faults, ok } = await check()
    expect({ ok, faults }).toEqual({
      ok: ['The bucket of files is there.', 'It keeps files under the KMS key, and deletes.'],
      faults: [],
    })
    expect(Math.abs(clockOffMs)).toBeLessThan(60_000)
    expect(s3.objects('files')).toEqual([])
    expect(s3.requests.filter(({ method }) => method === 'PUT')).toHaveLength(1)
  })

  it('says that a bucket is not there, where it lies instead, and that nobody answers', async () => {
    expect((await check({ bucket: 'other' })).faults).toEqual([
      'There is no bucket that S3_BUCKET names. Make it, or check S3_BUCKET and AWS_REGION.',
    ])
    expect((await check({ region: 'us-west-2' })).faults).toEqual([
      'The bucket that S3_BUCKET names lies in eu-central-1, and AWS_REGION says us-west-2. Set AWS_REGION to eu-central-1.',
    ])
    expect((await check({ secretAccessKey: 'wrong' })).faults).toEqual([
      expect.stringMatching(/does not accept the credentials/),
    ])
    await s3[Symbol.asyncDispose]()
    expect(await check()).toEqual({
      ok: [],
      faults: [expect.stringMatching(/cannot be reached/)],
      clockOffMs: undefined,
    })
  })

  it.each([
    ['write', { match: ({ method }: { method: string }) => method === 'PUT' }],
    ['delete', { match: ({ query }: { query: URLSearchParams }) => query.has('delete') }],
    [
      'see unfinished uploads',
      {
        match: ({ method, query }: { method: string; query: URLSearchParams }) =>
          method === 'GET' && query.has('uploads'),
      },
    ],
  ])('finds that it may not %s', async (_, { match }) => {
    s3.fail({ match, status: 403, code: 'AccessDenied' })
    const { faults, ok } = await check()
    expect(ok).toEqual(['The bucket of files is there.'])
    expect(faults).toEqual([expect.stringMatching(/^The file store refused access\. Allow/)])
  })

  it('finds that another key encrypted than the one that was named, and takes the probe away all the same', async () => {
    const swap = ({ method }: { method: string }) => {
      if (method === 'GET') for (const version of s3.objects('files')) version.kmsKeyId = 'key/of-the-bucket'
      return false
    }
    s3.fail({ match: swap, status: 500, code: 'never' })
    expect((await check()).faults).toEqual([expect.stringMatching(/did not encrypt with the key/)])
    expect(s3.objects('files')).toEqual([])
  })

  it.each([2, -20])('says that the clock is %i minutes off', async (minutes) => {
    s3.clockOffsetMs = minutes * 60_000
    const { clockOffMs = 0, faults } = await check()
    expect(faults).toEqual([
      `This machine's clock and AWS's are ${Math.abs(minutes)} min apart. Set the clock right, by NTP.`,
    ])
    expect(Math.round(clockOffMs / 60_000)).toBe(minutes)
  })
})
