import { LoomError, toLoomError } from '../../../core/errors.ts'
import { unreachable } from '../../../core/unreachable.ts'

const slow = 'AWS KMS is asked too often just now. Try again in a moment; if it stays so, raise its quota.'
const weak = 'AWS KMS does not answer as it should. Try again in a moment.'
const late = 'AWS KMS did not answer in time. Try again in a moment.'
const away = 'AWS KMS cannot be reached. Check the network of this machine, and AWS_REGION.'
const strange =
  'AWS does not accept the credentials of Loom. Check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or the role Loom runs as, and AWS_REGION.'
const expired = 'The AWS credentials of Loom have expired. Renew them.'
const none =
  'Loom finds no AWS credentials. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run it with a role.'
const clock = 'The clock of this machine is wrong, so AWS refuses what it signs. Set the clock right.'
const malformed = 'AWS KMS cannot read KMS_KEY_ID. Set it to the id, the alias or the ARN of the key.'

/** What Loom could be waiting for: the next try may do, or somebody mends it meanwhile. Nothing stored is lost. */
const passing: Readonly<Record<string, string>> = {
  ThrottlingException: slow,
  Throttling: slow,
  LimitExceededException: slow,
  TooManyRequestsException: slow,
  RequestLimitExceeded: slow,
  AccessDeniedException:
    'AWS KMS does not let Loom use its key. Allow kms:GenerateDataKey and kms:Decrypt on the key that KMS_KEY_ID names.',
  DisabledException: 'The KMS key that KMS_KEY_ID names is disabled. Enable it in AWS KMS.',
  NotFoundException: 'AWS KMS has no key that KMS_KEY_ID names. Check KMS_KEY_ID and AWS_REGION.',
  KMSInvalidStateException:
    'The KMS key that KMS_KEY_ID names cannot be used now. If it is to be deleted, cancel that in AWS KMS at once: without it nothing stored can be read.',
  InvalidKeyUsageException:
    'The KMS key that KMS_KEY_ID names cannot encrypt. Use a symmetric key made for encryption.',
  InvalidArnException: malformed,
  ValidationException: malformed,
  CredentialsProviderError: none,
  TokenProviderError: none,
  ExpiredTokenException: expired,
  ExpiredToken: expired,
  UnrecognizedClientException: strange,
  InvalidClientTokenId: strange,
  IncompleteSignature: strange,
  IncompleteSignatureException: strange,
  MissingAuthenticationToken: strange,
  MissingAuthenticationTokenException: strange,
  NotAuthorized: strange,
  InvalidSignatureException: strange,
  SignatureDoesNotMatch: strange,
  RequestExpired: clock,
  RequestInTheFuture: clock,
  RequestTimeTooSkewed: clock,
  TimeoutError: late,
  ETIMEDOUT: late,
  ...unreachable(away),
}

/** What does not open, however often it is tried. */
const lasting: Readonly<Record<string, string>> = {
  IncorrectKeyException:
    'The stored keys were wrapped by another KMS key than KMS_KEY_ID names. Set KMS_KEY_ID to the key they were made with.',
  InvalidCiphertextException:
    'A stored key does not open: it was changed, or taken from another place. Check that KMS_KEY_ID and S3_KEYS_BUCKET belong together.',
}

/** A failed call to KMS in words. The provider's own message stays in the cause: it names ARNs. */
export function fromKms(thrown: unknown): LoomError {
  if (thrown instanceof LoomError || !(thrown instanceof Error)) return toLoomError(thrown)
  const name = nameOf(thrown)
  const corrupt = lasting[name]
  const message = corrupt ?? (isAboutTime(thrown) ? clock : passing[name])
  if (message === undefined && !('$metadata' in thrown)) return toLoomError(thrown)
  return new LoomError({
    kind: corrupt ? 'corrupt' : 'unavailable',
    message: message ?? weak,
    detail: `kms: ${name}`,
    cause: thrown,
  })
}

/** AWS's word for it, or the system's where no answer came. */
export function nameOf(thrown: Error): string {
  const code = 'code' in thrown ? String(thrown.code) : ''
  return /^E[A-Z_]+$/.test(code) ? code : thrown.name
}

function isAboutTime(thrown: Error): boolean {
  return (
    thrown.name === 'InvalidSignatureException' && /signature (expired|not yet current)/i.test(thrown.message)
  )
}
