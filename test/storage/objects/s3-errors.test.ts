import { S3ServiceException } from '@aws-sdk/client-s3'
import { describe, expect, it } from 'vitest'
import { createS3Client, createS3Objects } from '../../../src/storage/objects/s3/index.ts'
import { fromS3 } from '../../../src/storage/objects/s3/s3-errors.ts'
import { startS3 } from '../../fakes/s3-server.ts'
import { meta, refusal, storeOn } from './s3-bed.ts'

describe('a fault of S3', () => {
  it.each([
    ['KMS.DisabledException', 400, /KMS key that KMS_KEY_ID names/],
    ['KMS.NotFoundException', 400, /KMS key that KMS_KEY_ID names/],
    ['AuthorizationHeaderMalformed', 400, /another region than AWS_REGION says\. Set AWS_REGION right/],
    ['BadDigest', 400, /damaged on its way/],
    ['SomethingNew', 418, /does not answer as it should/],
  ])('%s waits, in words', async (code, status, words) => {
    await using s3 = await startS3({ buckets: [{ name: 'files' }] })
    s3.fail({ status, code })
    expect(await refusal(storeOn(s3).put('t/a', Buffer.from('x'), meta))).toMatchObject({
      kind: 'unavailable',
      retryable: true,
      message: expect.stringMatching(words),
      detail: `s3: ${code} ${status}`,
    })
  })

  it('names the region that a redirect without a body leads to', async () => {
    await using s3 = await startS3({ buckets: [{ name: 'files' }] })
    const headers = { 'x-amz-bucket-region': 'eu-west-1' }
    s3.fail({ status: 301, code: 'PermanentRedirect', headers })
    const { message } = await refusal(storeOn(s3).get('t/a'))
    expect(message).toMatch(/Set AWS_REGION to eu-west-1\.$/)
  })

  it('waits when the server is not the one it should be, or no credentials are found', async () => {
    await using s3 = await startS3({ buckets: [{ name: 'files' }] })
    const on = (input: Parameters<typeof createS3Client>[0]) =>
      createS3Objects({ client: createS3Client(input), bucket: 'files', kmsKeyId: undefined, now: Date.now })
    const { credentials, endpoint, region } = s3
    const plain = on({ credentials, region, endpoint: endpoint.replace('http:', 'https:') })
    expect(await refusal(plain.get('t/a'))).toMatchObject({
      kind: 'unavailable',
      message: expect.stringMatching(/cannot prove who it is/),
    })
    const none = Object.assign(new Error('secret path'), { name: 'CredentialsProviderError' })
    const bare = on({ credentials: () => Promise.reject(none), region, endpoint })
    for (const call of [
      () => bare.get('t/a'),
      () => bare.presign('t/a', { ttlMs: 1, fileName: 'a', mediaType: 'a/b' }),
    ]) {
      expect(await refusal(call())).toMatchObject({
        kind: 'unavailable',
        message: expect.stringMatching(/finds no AWS credentials/),
        detail: 's3: CredentialsProviderError',
      })
    }
  })

  it('keeps a name that a strange server made up out of the log', () => {
    const thrown = new S3ServiceException({
      name: 'no access to files/t/a',
      message: 'files/t/a',
      $fault: 'server',
      $metadata: { httpStatusCode: 500 },
    })
    expect(fromS3(thrown)).toMatchObject({ detail: 's3: Unknown 500' })
  })

  it('is neither an abort nor a mistake of our own', () => {
    const abort = Object.assign(new Error('stopped'), { name: 'AbortError' })
    const mistake = new TypeError('undefined is not a function')
    expect([fromS3(abort), fromS3(mistake), fromS3('thrown')]).toEqual([abort, mistake, 'thrown'])
  })
})
