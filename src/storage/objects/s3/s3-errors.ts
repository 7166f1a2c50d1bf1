import { LoomError } from '../../../core/errors.ts'
import { objectMissing } from '../disk-errors.ts'
import { wordsFor } from './words-for.ts'

/** Calls S3; what it refuses comes out as `LoomError`. */
export async function inWords<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    throw fromS3(thrown)
  }
}

/**
 * A failed call to S3 in words: `not_found`, or `unavailable` because somebody can mend it while the work waits, or it
 * passes; nothing stored is lost. An abort and our own mistakes come out as they were thrown. The provider's own words,
 * which name buckets and keys, stay in the cause.
 */
export function fromS3(thrown: unknown): unknown {
  if (!isOfS3(thrown)) return thrown
  const status = statusOf(thrown)
  const name = nameOf(thrown)
  if (name === 'NoSuchKey' || (name === 'NotFound' && status === 404)) return objectMissing()
  return new LoomError({
    kind: 'unavailable',
    message: wordsFor(name, regions(thrown)),
    detail: ['s3:', name, status].filter((word) => word !== undefined).join(' '),
    cause: thrown,
  })
}

function isOfS3(thrown: unknown): thrown is Error {
  if (!(thrown instanceof Error) || thrown instanceof LoomError || thrown.name === 'AbortError') return false
  return '$metadata' in thrown || !(thrown instanceof TypeError || thrown instanceof RangeError)
}

/** S3's word for it, or the system's where no answer came. */
function nameOf(thrown: Error): string {
  if (/checksum mismatch/i.test(thrown.message)) return 'checksum'
  const code = 'code' in thrown ? String(thrown.code) : ''
  const name = /^[A-Z][A-Z_]+$/.test(code) ? code : thrown.name
  return /^[\w.]{1,64}$/.test(name) ? name : 'Unknown'
}

function statusOf(thrown: Error): number | undefined {
  const { $metadata } = thrown as Error & { $metadata?: { httpStatusCode?: number } }
  return $metadata?.httpStatusCode
}

/** In which region the bucket lies, and which one was asked, where S3 says so. */
function regions(thrown: Error): { bucket: string | undefined; asked: string | undefined } {
  const { $response, Region } = thrown as Error & {
    $response?: { headers?: Record<string, string> }
    Region?: string
  }
  const [, asked, expected] = /region '([^']*)' is wrong; expecting '([^']*)'/.exec(thrown.message) ?? []
  const bucket = $response?.headers?.['x-amz-bucket-region'] ?? Region ?? expected
  return { bucket: regionOnly(bucket), asked: regionOnly(asked) }
}

function regionOnly(word: string | undefined): string | undefined {
  return word && /^[a-z0-9-]{1,32}$/.test(word) ? word : undefined
}
