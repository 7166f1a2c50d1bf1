import { randomUUID } from 'node:crypto'
import { KMSClient } from '@aws-sdk/client-kms'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LoomError } from '../../../../src/core/errors.ts'
import { createKmsClient } from '../../../../src/storage/vault/kms/client.ts'
import { createWrapping } from '../../../../src/storage/vault/kms/wrapping.ts'
import { type FakeKms, type KmsFault, startKms } from '../../../fakes/kms-server.ts'

let kms: FakeKms
beforeEach(async () => {
  kms = await startKms({ keys: ['alias/loom', 'alias/older'] })
})
afterEach(() => kms[Symbol.asyncDispose]())

const wrapping = (kmsKeyId = 'alias/loom', client = createKmsClient(kms)) =>
  createWrapping({ kms: client, kmsKeyId })
const context = { 'loom:tenant': randomUUID(), 'loom:purpose': 'content' }

/** The `LoomError` of a promise that must fail, fit to be shown: no ARN, no account, no key, no tenant. */
async function fault(promise: Promise<unknown>): Promise<LoomError> {
  const thrown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (!(thrown instanceof LoomError)) throw new Error(`no LoomError: ${thrown}`)
  for (const secret of ['arn:', '111122223333', 'alias/', context['loom:tenant'], 'AKID', '127.0.0.1']) {
    expect(`${thrown.message} ${thrown.detail}`).not.toContain(secret)
  }
  return thrown
}

describe('a key wrapped by KMS', () => {
  it('opens under its own context, with the id that is stored before it', async () => {
    const wrapped = await wrapping().make(context)
    const opened = await wrapping().open(context, wrapped)
    expect(opened.key).toHaveLength(32)
    expect(wrapped[0]).toBe(1)
    expect(opened.id.equals(wrapped.subarray(1, 9))).toBe(true)
    expect(wrapped.includes(opened.key)).toBe(false)
    expect(kms.calls).toEqual([
      { target: 'GenerateDataKey', context },
      { target: 'Decrypt', context },
    ])
  })

  it('is another one each time, and so is its id', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => wrapping().make(context)))
    const opened = await Promise.all(all.map((wrapped) => wrapping().open(context, wrapped)))
    expect(new Set(opened.map(({ id }) => id.toString('hex'))).size).toBe(20)
    expect(new Set(opened.map(({ key }) => key.toString('hex'))).size).toBe(20)
  })

  it('does not open under any other context', async () => {
    const wrapped = await wrapping().make(context)
    const others = [
      { ...context, 'loom:purpose': 'chat' },
      { ...context, 'loom:tenant': randomUUID() },
      { ...context, more: 'x' },
      { 'loom:tenant': context['loom:tenant'] },
      {},
    ]
    for (const other of others) {
      expect(await fault(wrapping().open(other, wrapped))).toMatchObject({
        kind: 'corrupt',
        message: expect.stringContaining('S3_KEYS_BUCKET'),
      })
    }
  })

  it('does not open by another KMS key than the one it was wrapped by', async () => {
    const wrapped = await wrapping('alias/older').make(context)
    expect(await fault(wrapping().open(context, wrapped))).toMatchObject({
      kind: 'corrupt',
      retryable: false,
      message:
        'The stored keys were wrapped by another KMS key than KMS_KEY_ID names. Set KMS_KEY_ID to the key they were made with.',
    })
  })

  it('does not go to KMS when it cannot be one', async () => {
    const wrapped = await wrapping().make(context)
    const newer = Buffer.concat([Buffer.from([2]), wrapped.subarray(1)])
    for (const other of [newer, wrapped.subarray(0, 9), Buffer.concat([wrapped, Buffer.alloc(9_000)])]) {
      expect((await fault(wrapping().open(context, other))).kind).toBe('corrupt')
    }
    expect(kms.count('Decrypt')).toBe(0)
  })
})

describe('a fault of KMS', () => {
  const cases: [KmsFault['type'], Partial<KmsFault>, string][] = [
    ['AccessDeniedException', { message: 'User: arn:aws:iam::111122223333:user/x may not' }, 'kms:Decrypt'],
    ['KeyUnavailableException', { status: 500 }, 'Try again'],
    ['DependencyTimeoutException', { status: 503 }, 'Try again'],
    ['KMSInternalException', { status: 500 }, 'Try again'],
    ['SomethingNewException', {}, 'Try again'],
    ['InvalidKeyUsageException', {}, 'symmetric'],
    ['ValidationException', { message: 'keyId alias/loom' }, 'KMS_KEY_ID'],
    ['UnrecognizedClientException', {}, 'AWS_ACCESS_KEY_ID'],
    ['InvalidSignatureException', { message: 'The signature does not match' }, 'AWS_SECRET_ACCESS_KEY'],
    ['ExpiredTokenException', {}, 'Renew'],
    ['InvalidSignatureException', { message: 'Signature expired: x is now earlier than y' }, 'clock'],
    ['cut', {}, 'AWS_REGION'],
  ]
  it.each(cases)('%s %o is said in words', async (type, more, words) => {
    kms.fail({ count: 4, type, ...more })
    const error = await fault(wrapping().make(context))
    expect(error).toMatchObject({ kind: 'unavailable', retryable: true })
    expect(error.message).toContain(words)
    expect(error.detail).toMatch(/^kms: \w+$/)
    kms.recover()
    await wrapping().make(context)
  })

  it('that is the key’s own names what to do with it', async () => {
    const wrapped = await wrapping().make(context)
    kms.setState('alias/loom', 'Disabled')
    expect((await fault(wrapping().open(context, wrapped))).message).toBe(
      'The KMS key that KMS_KEY_ID names is disabled. Enable it in AWS KMS.',
    )
    kms.setState('alias/loom', 'PendingDeletion')
    expect((await fault(wrapping().open(context, wrapped))).message).toContain('cancel that in AWS KMS')
    kms.setState('alias/loom', 'Enabled')
    await wrapping().open(context, wrapped)
    const missing = await fault(wrapping('alias/lost').open(context, wrapped))
    // Not `not_found`: that would mean that the tenant's keys were destroyed.
    expect(missing).toMatchObject({ kind: 'unavailable', retryable: true })
    expect(missing.message).toBe('AWS KMS has no key that KMS_KEY_ID names. Check KMS_KEY_ID and AWS_REGION.')
  })

  it('that passes is waited for: throttled three times, then fine', async () => {
    kms.fail({ count: 3, type: 'ThrottlingException', message: 'Rate exceeded' })
    await wrapping().make(context)
    expect(kms.count('GenerateDataKey')).toBe(4)
  })

  it('that does not pass ends after four attempts, in words', async () => {
    kms.fail({ count: Number.POSITIVE_INFINITY, type: 'ThrottlingException', message: 'Rate exceeded' })
    expect(await fault(wrapping().make(context))).toMatchObject({
      kind: 'unavailable',
      retryable: true,
      message: expect.stringContaining('asked too often'),
    })
    expect(kms.count('GenerateDataKey')).toBe(4)
  })

  it('that is no answer at all ends as well', async () => {
    kms.fail({ count: 1, type: 'stall' })
    const { credentials, endpoint, region } = kms
    const hasty = { requestTimeout: 100, throwOnRequestTimeout: true }
    const client = new KMSClient({ credentials, endpoint, region, maxAttempts: 1, requestHandler: hasty })
    expect(await fault(wrapping('alias/loom', client).make(context))).toMatchObject({
      kind: 'unavailable',
      retryable: true,
      message: 'AWS KMS did not answer in time. Try again in a moment.',
    })
  })

  it('that is its absence names the network and the region', async () => {
    const away = await startKms({ keys: [] })
    await away[Symbol.asyncDispose]()
    const error = await fault(wrapping('alias/loom', createKmsClient(away)).make(context))
    expect(error).toMatchObject({ kind: 'unavailable', retryable: true })
    expect(error.message).toContain('AWS_REGION')
  })

  it('that is a stranger’s key pair, another region or none at all says so', async () => {
    const accessKeyId = 'AKIDSTRANGER'
    const credentials = { ...kms.credentials, accessKeyId }
    const none = async () => {
      throw Object.assign(new Error('Could not load credentials'), { name: 'CredentialsProviderError' })
    }
    const faultOf = (part: object) =>
      fault(wrapping('alias/loom', createKmsClient({ ...kms, ...part })).make(context))
    expect((await faultOf({ credentials })).message).toContain('does not accept the credentials')
    expect((await faultOf({ region: 'us-east-1' })).message).toContain('AWS_REGION')
    expect((await faultOf({ credentials: none })).message).toContain('finds no AWS credentials')
  })
})

describe('a clock that is off', () => {
  it.each([11 * 60_000, -11 * 60_000])('by %i ms is found out by the first refusal', async (offset) => {
    kms.setClockOffset(offset)
    const client = createKmsClient(kms)
    await wrapping('alias/loom', client).make(context)
    expect(kms.count('GenerateDataKey')).toBe(2)
    await wrapping('alias/loom', client).make(context)
    expect(kms.count('GenerateDataKey')).toBe(3)
  })
})
