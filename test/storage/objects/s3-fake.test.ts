import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type S3Fake, startS3 } from '../../fakes/s3-server.ts'
import { clientOn } from './s3-bed.ts'

/** The tests of the store rest on what their server refuses. */
describe('the S3 of these tests', () => {
  let s3: S3Fake
  beforeEach(async () => {
    s3 = await startS3({
      buckets: [
        { name: 'files', requireKms: false },
        { name: 'locked', requireKms: true },
      ],
    })
  })
  afterEach(() => s3[Symbol.asyncDispose]())

  const at = { Bucket: 'files', Key: 'a' }

  it('refuses a body that is not what its sum says, a second writer and a bare write', async () => {
    const client = clientOn(s3)
    const put = (more: object) => client.send(new PutObjectCommand({ ...at, Body: 'x', ...more }))
    await expect(put({ ChecksumSHA256: 'a'.repeat(43).concat('=') })).rejects.toThrow('BadDigest')
    await expect(put({ ChecksumCRC32: 'AAAAAA==' })).rejects.toThrow('BadDigest')
    await put({ IfNoneMatch: '*' })
    await expect(put({ IfNoneMatch: '*' })).rejects.toThrow('PreconditionFailed')
    await expect(put({ Bucket: 'locked' })).rejects.toThrow('AccessDenied')
    expect(s3.objects('files')).toHaveLength(1)
  })

  it('refuses parts that are too small, unknown or out of order', async () => {
    const client = clientOn(s3)
    const { UploadId } = await client.send(new CreateMultipartUploadCommand(at))
    const parts = await Promise.all(
      [1, 2].map(async (PartNumber) => {
        const part = { ...at, UploadId, PartNumber, Body: Buffer.alloc(1_000) }
        return { PartNumber, ETag: (await client.send(new UploadPartCommand(part))).ETag }
      }),
    )
    const end = (Parts: object[]) =>
      client.send(new CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload: { Parts } }))
    await expect(end(parts)).rejects.toThrow('EntityTooSmall')
    await expect(end(parts.toReversed())).rejects.toThrow('InvalidPartOrder')
    await expect(end([{ PartNumber: 1, ETag: '"other"' }])).rejects.toThrow('InvalidPart')
    await expect(end([{ PartNumber: 7, ETag: parts[0]?.ETag }])).rejects.toThrow('InvalidPart')
    expect([s3.objects('files').length, s3.uploads('files').length]).toEqual([0, 1])
  })

  it('refuses what was changed after it was signed', async () => {
    const client = clientOn(s3)
    const changed = (what: (request: { path: string; headers: Record<string, string> }) => void) => {
      const own = clientOn(s3)
      own.middlewareStack.add(
        (next) => (args) => {
          what(args.request as { path: string; headers: Record<string, string> })
          return next(args)
        },
        { step: 'finalizeRequest', priority: 'low' },
      )
      return own.send(new PutObjectCommand({ ...at, Body: 'x' }))
    }
    await expect(
      changed((request) => {
        request.path = '/files/b'
      }),
    ).rejects.toThrow('SignatureDoesNotMatch')
    await expect(
      changed(({ headers }) => {
        headers['x-amz-content-sha256'] = '0'.repeat(64)
      }),
    ).rejects.toThrow(/XAmzContentSHA256Mismatch|SignatureDoesNotMatch/)
    await client.send(new PutObjectCommand({ ...at, Body: 'x' }))
    expect(s3.objects('files').map(({ key }) => key)).toEqual(['a'])
  })
})
