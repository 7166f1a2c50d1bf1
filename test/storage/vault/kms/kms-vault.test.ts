import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LoomError } from '../../../../src/core/errors.ts'
import { keyPurposes } from '../../../../src/core/words.ts'
import { createKmsKeys } from '../../../../src/storage/vault/kms/kms-keys.ts'
import { vaultContract } from '../../../contracts/vault.ts'
import { type Aws, keysBucket, openAws, otherBucket, versionedBucket } from './support.ts'

vaultContract('the vault over KMS', async () => {
  const aws = await openAws()
  const nameOf = (tenantId: string, purpose: string) => `${tenantId}/${purpose}.key`
  return {
    open: aws.open,
    stranger: async () => aws.open({ keysBucket: otherBucket }),
    advance: aws.advance,
    async stored(tenantId) {
      const names = await aws.bucket.names(`${tenantId}/`)
      const entries = names.map(async (name) => {
        const purpose = name.replace(/^.*\/|\.key$/g, '')
        return [purpose, await aws.bucket.read(name)] as const
      })
      return new Map(await Promise.all(entries))
    },
    async replace(tenantId, purpose, stored) {
      await aws.bucket.write(nameOf(tenantId, purpose), stored)
    },
    async block() {
      aws.kms.fail({ count: Number.POSITIVE_INFINITY, type: 'DisabledException', target: 'Decrypt' })
      return async () => aws.kms.recover()
    },
    close: aws.close,
  }
})

describe('the vault over KMS', () => {
  let aws: Aws
  beforeEach(async () => {
    aws = await openAws()
  })
  afterEach(() => aws.close())

  const newTenant = async () => {
    const tenantId = randomUUID()
    await aws.open().create(tenantId)
    return tenantId
  }
  const root = { 'loom:installation': 'root' }

  it('tells KMS tenant and purpose with every call, and nothing else', async () => {
    const tenantId = await newTenant()
    const vault = aws.open()
    for (const purpose of keyPurposes) await vault.sealer(tenantId, purpose)
    const contexts = keyPurposes.map((purpose) => ({ 'loom:tenant': tenantId, 'loom:purpose': purpose }))
    const made = aws.kms.calls.filter(({ target }) => target === 'GenerateDataKey')
    const opened = aws.kms.calls.filter(({ target }) => target === 'Decrypt')
    expect(made.map(({ context }) => context)).toEqual(expect.arrayContaining([root, ...contexts]))
    expect(opened.map(({ context }) => context)).toEqual([root, ...contexts])
    expect(aws.kms.calls).toHaveLength(8)
  })

  it('keeps three objects for a tenant and one for the installation, and no key in the clear', async () => {
    const tenantId = await newTenant()
    expect((await aws.bucket.names()).sort()).toEqual(
      ['installation/root.key', ...keyPurposes.map((purpose) => `${tenantId}/${purpose}.key`)].sort(),
    )
    const keys = createKmsKeys(aws.deps)
    const secrets = [await keys.root()]
    for (const purpose of keyPurposes) secrets.push((await keys.open(tenantId, purpose)).key)
    for (const name of await aws.bucket.names()) {
      const object = await aws.bucket.read(name)
      for (const secret of secrets) {
        expect(object.includes(secret)).toBe(false)
        expect(object.toString('latin1')).not.toContain(secret.toString('base64'))
      }
    }
  })

  it('asks KMS once for a thousand who want a sealer at once', async () => {
    const tenantId = await newTenant()
    const before = aws.kms.count('Decrypt')
    const vault = aws.open()
    await Promise.all(Array.from({ length: 1_000 }, () => vault.sealer(tenantId, 'content')))
    await vault.sealer(tenantId, 'content')
    expect(aws.kms.count('Decrypt') - before).toBe(1)
  })

  it('asks KMS for nothing when the keys of a tenant are there', async () => {
    const tenantId = await newTenant()
    const before = aws.kms.calls.length
    await aws.open().create(tenantId)
    expect(aws.kms.calls).toHaveLength(before)
  })

  it('ends with one root and one key when twenty processes start at once for the first time', async () => {
    const tenantId = randomUUID()
    const all = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const vault = aws.open({ alone: true })
        const [links] = await Promise.all([vault.derive('links'), vault.create(tenantId)])
        return { links, sealed: (await vault.sealer(tenantId, 'content')).seal('x', 'words') }
      }),
    )
    expect(new Set(all.map(({ links }) => links.toString('hex'))).size).toBe(1)
    const sealer = await aws.open().sealer(tenantId, 'content')
    expect(all.map(({ sealed }) => sealer.openText('x', sealed))).toEqual(all.map(() => 'words'))
    expect(await aws.bucket.names()).toHaveLength(4)
  })

  it('reads the root secret once in a process', async () => {
    const vault = aws.open()
    await Promise.all(Array.from({ length: 50 }, () => vault.directoryHash('slack:team', 'T1')))
    await vault.derive('links')
    expect(aws.kms.calls).toEqual([
      { target: 'GenerateDataKey', context: root },
      { target: 'Decrypt', context: root },
    ])
  })

  it('does not ask KMS for a key that the worker may not open', async () => {
    const tenantId = await newTenant()
    const worker = aws.open({ purposes: ['content', 'integrations'] })
    const before = aws.kms.calls.length
    await expect(worker.sealer(tenantId, 'chat')).rejects.toMatchObject({ kind: 'forbidden' })
    expect(aws.kms.calls).toHaveLength(before)
    await worker.sealer(tenantId, 'integrations')
    expect(aws.kms.calls.at(-1)?.context).toEqual({ 'loom:tenant': tenantId, 'loom:purpose': 'integrations' })
  })

  it('does not open the root secret as a tenant’s key, nor a tenant’s key as the root secret', async () => {
    const tenantId = await newTenant()
    const key = await aws.bucket.read(`${tenantId}/content.key`)
    await aws.bucket.write(`${tenantId}/content.key`, await aws.bucket.read('installation/root.key'))
    await aws.bucket.write('installation/root.key', key)
    await expect(aws.open().sealer(tenantId, 'content')).rejects.toMatchObject({ kind: 'corrupt' })
    await expect(aws.open().derive('links')).rejects.toMatchObject({ kind: 'corrupt' })
  })

  it('never makes a second root secret where tenants are: its loss is said with what to do', async () => {
    const tenantId = await newTenant()
    await aws.bucket.remove('installation/root.key')
    const lost = { kind: 'corrupt', message: expect.stringContaining('Put it back from your copy') }
    await expect(aws.open().derive('links')).rejects.toMatchObject(lost)
    await expect(aws.open().create(randomUUID())).rejects.toMatchObject(lost)
    await aws.open().sealer(tenantId, 'content')
    expect(await aws.bucket.names()).toHaveLength(3)
  })

  it('leaves nothing of a tenant in the bucket, and all of the others', async () => {
    const [tenantId, other] = [await newTenant(), await newTenant()]
    await aws.bucket.write(`${tenantId}/older/thing.key`, Buffer.from('x'))
    await aws.open().destroy(tenantId)
    expect(await aws.bucket.names(tenantId)).toEqual([])
    expect(await aws.bucket.names(other)).toHaveLength(3)
    await aws.open().sealer(other, 'content')
  })

  it('destroys what a versioned bucket keeps, versions and all', async () => {
    const tenantId = randomUUID()
    const kept = aws.bucketOf(versionedBucket)
    for (const body of ['one', 'two']) await kept.write(`${tenantId}/content.key`, Buffer.from(body))
    await kept.remove(`${tenantId}/content.key`)
    expect(await kept.names(tenantId)).toHaveLength(3)
    await aws.open({ keysBucket: versionedBucket }).destroy(tenantId)
    expect(await kept.names(tenantId)).toEqual([])
  })

  it('writes nothing to a bucket that keeps versions, and asks KMS for nothing', async () => {
    const refusal = {
      kind: 'forbidden',
      retryable: false,
      message:
        'The bucket that S3_KEYS_BUCKET names keeps old versions, so destroyed keys would not be gone. Make a bucket that never had versioning, and set S3_KEYS_BUCKET to it.',
    }
    const vault = aws.open({ keysBucket: versionedBucket })
    await expect(vault.create(randomUUID())).rejects.toMatchObject(refusal)
    await expect(vault.derive('links')).rejects.toMatchObject(refusal)
    await expect(vault.directoryHash('slack:team', 'T1')).rejects.toMatchObject(refusal)
    expect(await aws.bucketOf(versionedBucket).names()).toEqual([])
    expect(aws.kms.calls).toEqual([])
  })

  it('looks once in a process whether the bucket keeps versions, and again after a refusal', async () => {
    const looks = () => aws.s3.requests.filter(({ query }) => query.has('versioning')).length
    const vault = aws.open()
    await Promise.all(Array.from({ length: 10 }, () => vault.create(randomUUID())))
    await vault.create(randomUUID())
    expect(looks()).toBe(1)
    const refused = aws.open({ keysBucket: versionedBucket })
    await expect(refused.create(randomUUID())).rejects.toMatchObject({ kind: 'forbidden' })
    const before = looks()
    await expect(refused.create(randomUUID())).rejects.toMatchObject({ kind: 'forbidden' })
    expect(looks()).toBeGreaterThan(before)
  })

  it('reads from a bucket that began to keep versions, and writes no more to it', async () => {
    const vault = aws.open({ keysBucket: versionedBucket })
    const links = await aws.open().derive('links')
    const kept = aws.bucketOf(versionedBucket)
    await kept.write('installation/root.key', await aws.bucket.read('installation/root.key'))
    expect(await vault.derive('links')).toEqual(links)
    await expect(vault.create(randomUUID())).rejects.toMatchObject({ kind: 'forbidden' })
    expect(await kept.names()).toEqual(['installation/root.key'])
    expect(aws.kms.count('GenerateDataKey')).toBe(1)
  })

  it('waits for a KMS that throttles three times', async () => {
    const tenantId = await newTenant()
    aws.kms.fail({ count: 3, type: 'ThrottlingException', message: 'Rate exceeded' })
    const sealer = await aws.open().sealer(tenantId, 'content')
    expect(sealer.openText('x', sealer.seal('x', 'words'))).toBe('words')
  })

  it('says so of a KMS that throttles for ever, to all who ask, and works when it is over', async () => {
    const tenantId = await newTenant()
    const before = aws.kms.count('Decrypt')
    const vault = aws.open()
    aws.kms.fail({ count: Number.POSITIVE_INFINITY, type: 'ThrottlingException', message: 'Rate exceeded' })
    const asked = await Promise.allSettled(
      Array.from({ length: 100 }, () => vault.sealer(tenantId, 'content')),
    )
    for (const one of asked) {
      expect(one).toMatchObject({
        status: 'rejected',
        reason: {
          kind: 'unavailable',
          retryable: true,
          message: expect.stringContaining('asked too often'),
        },
      })
    }
    expect(aws.kms.count('Decrypt') - before).toBe(4)
    aws.kms.recover()
    await vault.sealer(tenantId, 'content')
  })

  it('does not remember that the root secret could not be had', async () => {
    const vault = aws.open()
    aws.kms.fail({ count: 1, type: 'AccessDeniedException' })
    await expect(vault.derive('links')).rejects.toMatchObject({ kind: 'unavailable', retryable: true })
    expect(await vault.derive('links')).toEqual(await aws.open().derive('links'))
  })

  it('works on a machine whose clock is more than five minutes off', async () => {
    aws.kms.setClockOffset(7 * 60_000)
    aws.s3.clockOffsetMs = 16 * 60_000
    const tenantId = await newTenant()
    await aws.open().sealer(tenantId, 'content')
  })

  it('names neither bucket nor tenant nor key in what it tells people', async () => {
    const tenantId = await newTenant()
    const broken = [
      () => aws.open({ keysBucket: 'keys-nowhere' }).sealer(tenantId, 'content'),
      () => aws.open({ keysBucket: 'keys-nowhere' }).create(tenantId),
      () => aws.open({ keysBucket: 'keys-nowhere' }).destroy(tenantId),
      () => aws.open({ keysBucket: versionedBucket }).create(tenantId),
      () => aws.open({ keysBucket: otherBucket }).sealer(tenantId, 'content'),
      () => aws.open({ kmsKeyId: 'alias/lost' }).sealer(tenantId, 'content'),
      () => aws.open({ kmsKeyId: 'alias/older' }).sealer(tenantId, 'content'),
    ]
    for (const attempt of broken) {
      const error = await attempt().then(
        () => undefined,
        (thrown: unknown) => thrown,
      )
      if (!(error instanceof LoomError)) throw new Error(`no LoomError: ${error}`)
      for (const word of [tenantId, keysBucket, otherBucket, versionedBucket, 'nowhere', 'arn:', 'alias/']) {
        expect(`${error.message} ${error.detail}`).not.toContain(word)
      }
    }
  })

  it('says what to do about a bucket that is not there', async () => {
    await expect(aws.open({ keysBucket: 'keys-nowhere' }).derive('links')).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('S3_KEYS_BUCKET'),
    })
  })
})
