import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3'

const mostConnections = 256
const quiet = { trace() {}, debug() {}, info() {}, warn() {}, error() {} }

/**
 * A client that gives up: three seconds for a connection, thirty of silence in either direction, also in the middle of
 * a body, four attempts in all. It logs nothing. Credentials come by the SDK's own chain; tests hand in their own, and
 * a shorter silence. An endpoint of one's own is addressed by path.
 */
export function createS3Client(input: {
  region: string
  endpoint?: string | undefined
  credentials?: S3ClientConfig['credentials']
  silenceMs?: number
}): S3Client {
  return new S3Client({
    region: input.region,
    maxAttempts: 4,
    retryMode: 'standard',
    logger: quiet,
    requestHandler: {
      connectionTimeout: 3_000,
      socketTimeout: input.silenceMs ?? 30_000,
      // Waiting for a free connection counts as connecting, so there must be enough for all that goes on at once.
      httpAgent: { maxSockets: mostConnections },
      httpsAgent: { maxSockets: mostConnections },
      logger: quiet,
    },
    ...(input.endpoint === undefined ? {} : { endpoint: input.endpoint, forcePathStyle: true }),
    ...(input.credentials === undefined ? {} : { credentials: input.credentials }),
  })
}
