import { Readable } from 'node:stream'
import { PutObjectCommand, type PutObjectCommandInput, type S3Client } from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { fromS3, inWords } from './s3-errors.ts'

/** A stream that is longer travels in parts of so many bytes: S3's least is 5 MiB. Four of them are in memory at once. */
const partBytes = 8 * 1_024 * 1_024
const partsAtOnce = 4

export interface S3Place {
  client: S3Client
  bucket: string
  /** The key that S3 encrypts with; without it the bucket's own default does. */
  kmsKeyId: string | undefined
}

/**
 * Bytes and short streams in one request, long streams in parts. A source that fails or is destroyed leaves nothing
 * behind, no part either, and its own error comes out unchanged.
 */
export async function upload(
  place: S3Place,
  { body, key, mediaType }: { key: string; body: Uint8Array | Readable; mediaType: string },
): Promise<void> {
  const target = { Bucket: place.bucket, Key: key, ContentType: mediaType, ...encryption(place.kmsKeyId) }
  if (body instanceof Uint8Array) return inWords(() => putWhole(place, target, body))
  let fault: { thrown: unknown } | undefined
  async function* source(stream: Readable): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of stream) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk
    } catch (thrown) {
      fault = { thrown }
      throw thrown
    }
  }
  // A source that fails before it is read from would otherwise end the process; reading it then throws the same error.
  body.on('error', () => undefined)
  try {
    await putStream(place, target, source(body))
  } catch (thrown) {
    throw fault ? fault.thrown : fromS3(thrown)
  } finally {
    body.destroy()
  }
}

type Target = Omit<PutObjectCommandInput, 'Body'>

async function putStream(place: S3Place, target: Target, chunks: AsyncGenerator<Uint8Array>): Promise<void> {
  const head: Uint8Array[] = []
  for (let bytes = 0; bytes <= partBytes; ) {
    const { done, value } = await chunks.next()
    if (done) return putWhole(place, target, Buffer.concat(head))
    head.push(value)
    bytes += value.byteLength
  }
  async function* whole() {
    yield* head.splice(0)
    yield* chunks
  }
  // Of parts S3 keeps a sum over the whole only by CRC, and the SDK checks no other when it reads them again.
  const sums = { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' } as const
  const params = { ...target, ...sums, Body: Readable.from(whole()) }
  await new Upload({ client: place.client, params, partSize: partBytes, queueSize: partsAtOnce }).done()
}

async function putWhole({ client }: S3Place, target: Target, Body: Uint8Array): Promise<void> {
  await client.send(new PutObjectCommand({ ...target, Body, ChecksumAlgorithm: 'SHA256' }))
}

export function encryption(kmsKeyId: string | undefined) {
  if (kmsKeyId === undefined) return {}
  return { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: kmsKeyId, BucketKeyEnabled: true } as const
}
