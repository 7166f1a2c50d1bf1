import { unreachable } from '../../../core/unreachable.ts'

const region = 'The bucket that S3_BUCKET names lies in another region than AWS_REGION says.'
const slow = 'The file store is asked too often just now. The work goes on by itself.'
const away = 'The file store cannot be reached. Check the network of this machine, and AWS_REGION.'
const late = 'The file store did not answer in time. The work goes on by itself.'
const damaged = 'A file was damaged on its way to or from the file store. It is sent again.'
const unproven =
  'The file store cannot prove who it is. Check the network of this machine and AWS_ENDPOINT_URL_S3, and that its certificate is trusted here.'
const expired = 'The AWS credentials of Loom have expired. Renew them.'
const none =
  'Loom finds no AWS credentials. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run it with a role.'
const strange =
  'The file store does not accept the credentials of Loom. Check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or the role Loom runs as.'
const locked =
  'The KMS key that KMS_KEY_ID names cannot be used. Enable it, or check KMS_KEY_ID and AWS_REGION; the work goes on by itself then.'
const weak = 'The file store does not answer as it should. The work goes on by itself when it does.'

const words: Readonly<Record<string, string>> = {
  AccessDenied:
    'The file store refused access. Allow s3:PutObject, s3:GetObject, s3:DeleteObject, s3:DeleteObjectVersion, s3:ListBucket, s3:ListBucketVersions, s3:ListBucketMultipartUploads and s3:AbortMultipartUpload on the bucket that S3_BUCKET names, and kms:GenerateDataKey and kms:Decrypt on KMS_KEY_ID; the work goes on by itself then.',
  AllAccessDisabled: 'The bucket that S3_BUCKET names is closed. Ask AWS why.',
  NoSuchBucket: 'There is no bucket that S3_BUCKET names. Make it, or check S3_BUCKET and AWS_REGION.',
  PermanentRedirect: region,
  AuthorizationHeaderMalformed: region,
  IllegalLocationConstraintException: region,
  InvalidAccessKeyId: strange,
  SignatureDoesNotMatch: strange,
  InvalidToken: strange,
  ExpiredToken: expired,
  ExpiredTokenException: expired,
  CredentialsProviderError: none,
  TokenProviderError: none,
  RequestTimeTooSkewed:
    'The clock of this machine is wrong, so the file store refuses what it signs. Set the clock right, by NTP.',
  SlowDown: slow,
  ServiceUnavailable: slow,
  TooManyRequestsException: slow,
  BadDigest: damaged,
  XAmzContentChecksumMismatch: damaged,
  XAmzContentSHA256Mismatch: damaged,
  checksum: damaged,
  TimeoutError: late,
  RequestTimeout: late,
  ETIMEDOUT: late,
  ...unreachable(away),
  EPROTO: unproven,
}

/** The sentence for a fault by S3's word or the system's; where S3 says where the bucket lies, so does the sentence. */
export function wordsFor(
  name: string,
  { asked, bucket }: { bucket: string | undefined; asked: string | undefined },
): string {
  if (name.startsWith('KMS.')) return locked
  if (/CERT|SSL|TLS|SIGNATURE_FAILURE/.test(name)) return unproven
  const sentence = (Object.hasOwn(words, name) ? words[name] : undefined) ?? weak
  if (sentence !== region) return sentence
  if (!bucket) return `${region} Set AWS_REGION right.`
  if (!asked) return `${region} Set AWS_REGION to ${bucket}.`
  return `The bucket that S3_BUCKET names lies in ${bucket}, and AWS_REGION says ${asked}. Set AWS_REGION to ${bucket}.`
}
