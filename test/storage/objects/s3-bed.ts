import { LoomError } from '../../../src/core/errors.ts'
import type { ObjectStore } from '../../../src/core/ports.ts'
import { createS3Client, createS3Objects } from '../../../src/storage/objects/s3/index.ts'
import type { S3Fake } from '../../fakes/s3-server.ts'

export const meta = { mediaType: 'text/plain' }
export const kmsKeyId = 'arn:aws:kms:eu-central-1:111122223333:key/secret-arn'

interface Other {
  region?: string
  accessKeyId?: string
  secretAccessKey?: string
  silenceMs?: number
}

export function clientOn(s3: S3Fake, other: Other = {}) {
  const { region = s3.region, silenceMs = 30_000, ...keys } = other
  return createS3Client({
    region,
    endpoint: s3.endpoint,
    credentials: { ...s3.credentials, ...keys },
    silenceMs,
  })
}

export function storeOn(s3: S3Fake, other: Other = {}): ObjectStore {
  return createS3Objects({ client: clientOn(s3, other), bucket: 'files', kmsKeyId, now: Date.now })
}

/** The error of work that must fail. */
export async function refusal(work: Promise<unknown>): Promise<LoomError> {
  const thrown = await work.then(
    () => new Error('it was taken'),
    (error: unknown) => error,
  )
  if (!(thrown instanceof LoomError)) throw thrown
  return thrown
}
