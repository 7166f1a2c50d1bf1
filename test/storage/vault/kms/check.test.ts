import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkKms } from '../../../../src/storage/vault/kms/check.ts'
import { createKmsClient } from '../../../../src/storage/vault/kms/client.ts'
import { type Aws, openAws, versionedBucket } from './support.ts'

const allIsWell = [
  'AWS KMS makes keys and opens them again.',
  'AWS KMS opens a key for its own tenant only.',
  'The bucket of keys keeps no versions.',
  'The bucket of keys keeps the first of two writers, and deletes.',
]

describe('the check of the hosted vault', () => {
  let aws: Aws
  beforeEach(async () => {
    aws = await openAws()
  })
  afterEach(() => aws.close())

  it('finds all well, and leaves nothing behind', async () => {
    expect(await checkKms(aws.deps)).toEqual({ ok: allIsWell, faults: [] })
    expect(await aws.bucket.names()).toEqual([])
    expect(await checkKms(aws.deps)).toEqual({ ok: allIsWell, faults: [] })
  })

  it('does not disturb an installation that starts at the same time', async () => {
    const [links] = await Promise.all([aws.open().derive('links'), checkKms(aws.deps), checkKms(aws.deps)])
    expect(await aws.open().derive('links')).toEqual(links)
  })

  it('asks with a context that policies know, of a tenant that there is not', async () => {
    await checkKms(aws.deps)
    expect(aws.kms.calls.map(({ target }) => target)).toEqual(['GenerateDataKey', 'Decrypt', 'Decrypt'])
    for (const { context } of aws.kms.calls) {
      expect(context).toEqual({
        'loom:tenant': expect.stringMatching(/^[0-9a-f-]{36}$/),
        'loom:purpose': 'content',
      })
    }
    const [made, opened, other] = aws.kms.calls.map(({ context }) => context['loom:tenant'])
    expect(opened).toBe(made)
    expect(other).not.toBe(made)
  })

  it('finds a bucket that keeps versions, and puts no probe in it', async () => {
    const found = await checkKms({ ...aws.deps, keysBucket: versionedBucket })
    expect(found.ok).toEqual(allIsWell.slice(0, 2))
    expect(found.faults).toEqual([expect.stringContaining('never had versioning')])
    expect(await aws.bucketOf(versionedBucket).names()).toEqual([])
  })

  it('finds a key that is not there, and still looks at the bucket', async () => {
    const found = await checkKms({ ...aws.deps, kmsKeyId: 'alias/lost' })
    expect(found).toEqual({
      ok: allIsWell.slice(2),
      faults: ['AWS KMS has no key that KMS_KEY_ID names. Check KMS_KEY_ID and AWS_REGION.'],
    })
  })

  it('finds a KMS that does not look at the context', async () => {
    aws.kms.setForgetful(true)
    const found = await checkKms(aws.deps)
    expect(found.ok).toEqual([allIsWell[0], ...allIsWell.slice(2)])
    expect(found.faults).toEqual([expect.stringContaining('the key of one tenant for another')])
  })

  it('does not take a KMS that is away for one that refuses', async () => {
    aws.kms.fail({ count: Number.POSITIVE_INFINITY, type: 'DisabledException', target: 'Decrypt' })
    const found = await checkKms(aws.deps)
    expect(found.ok).toEqual(allIsWell.slice(2))
    expect(found.faults).toEqual([expect.stringContaining('disabled')])
  })

  it('finds a bucket that is not there, in one sentence', async () => {
    const found = await checkKms({ ...aws.deps, keysBucket: 'keys-nowhere' })
    expect(found.faults).toEqual([expect.stringContaining('S3_KEYS_BUCKET')])
  })

  it('throws nothing when nothing answers', async () => {
    await aws.kms[Symbol.asyncDispose]()
    await aws.s3[Symbol.asyncDispose]()
    const found = await checkKms({ ...aws.deps, kms: createKmsClient(aws.kms) })
    expect(found.ok).toEqual([])
    expect(found.faults).toHaveLength(2)
  })
})
