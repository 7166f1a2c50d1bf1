import { S3ServiceException } from '@aws-sdk/client-s3'
import { LoomError, toLoomError } from '../../../core/errors.ts'
import { unreachable } from '../../../core/unreachable.ts'
import { fromKms, nameOf } from './kms-errors.ts'

const region = 'The bucket that S3_KEYS_BUCKET names lies in another region. Check AWS_REGION.'
const slow = 'S3 is asked too often just now. Try again in a moment.'
const late = 'S3 did not answer in time. Try again in a moment.'
const away = 'S3 cannot be reached. Check the network of this machine, and AWS_REGION.'
const strange =
  'S3 does not accept the credentials of Loom. Check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or the role Loom runs as.'

const passing: Readonly<Record<string, string>> = {
  NoSuchBucket:
    'There is no bucket that S3_KEYS_BUCKET names. Make it, or check S3_KEYS_BUCKET and AWS_REGION.',
  AccessDenied:
    'S3 does not let Loom use the bucket that S3_KEYS_BUCKET names. Allow s3:GetBucketVersioning, s3:ListBucket, s3:ListBucketVersions, s3:GetObject, s3:PutObject, s3:DeleteObject and s3:DeleteObjectVersion.',
  PermanentRedirect: region,
  AuthorizationHeaderMalformed: region,
  SlowDown: slow,
  TooManyRequests: slow,
  InvalidAccessKeyId: strange,
  SignatureDoesNotMatch: strange,
  InvalidToken: strange,
  TimeoutError: late,
  AbortError: late,
  ETIMEDOUT: late,
  ...unreachable(away),
}
/** Said of KMS in the same words. */
const shared = ['CredentialsProviderError', 'TokenProviderError', 'ExpiredToken', 'RequestTimeTooSkewed']

/** A failed call to the keys bucket in words. The bucket's name stays in the cause. */
export function fromBucket(thrown: unknown): LoomError {
  if (thrown instanceof LoomError || !(thrown instanceof Error)) return toLoomError(thrown)
  const name = nameOf(thrown)
  const message = shared.includes(name) ? fromKms(thrown).message : passing[name]
  if (message === undefined && !('$metadata' in thrown)) return toLoomError(thrown)
  return new LoomError({
    kind: 'unavailable',
    message: message ?? 'The bucket of keys does not answer as it should. Try again in a moment.',
    detail: `keys bucket: ${name}`,
    cause: thrown,
  })
}

export function isStatus(thrown: unknown, status: number): boolean {
  return thrown instanceof S3ServiceException && thrown.$metadata.httpStatusCode === status
}
