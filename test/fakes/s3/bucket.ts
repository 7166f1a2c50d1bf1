import { createHash } from 'node:crypto'

export interface S3Version {
  key: string
  versionId: string
  isMarker: boolean
  body: Buffer
  contentType: string
  sse: string | undefined
  kmsKeyId: string | undefined
  /** Of one request: of the body. Of parts: of the parts' sums, which says how many there were. */
  checksumSha256: string | undefined
  /** Of the whole body, also of parts. */
  checksumCrc32: string | undefined
  /** Whether the key's data key is one of the bucket. */
  bucketKey: boolean
  etag: string
  storedAtMs: number
}

export interface S3Upload {
  begunAtMs: number
  key: string
  uploadId: string
  parts: Map<number, { body: Buffer; checksumSha256: string | undefined }>
  /** A sum over the whole is kept by CRC-32, one over the parts' sums by SHA-256. */
  isSummedWhole: boolean
  contentType: string
  sse: string | undefined
  kmsKeyId: string | undefined
  bucketKey: boolean
}

export interface S3Bucket {
  name: string
  versioning: 'Enabled' | 'Suspended' | undefined
  requireKms: boolean
  /** What may not be deleted, as under a lock. */
  kept: Set<string>
  /** Oldest first. */
  versions: S3Version[]
  uploads: S3Upload[]
  /** The rules as they were put: XML. */
  lifecycle?: string
}

export function newest(bucket: S3Bucket, key: string): S3Version | undefined {
  const found = bucket.versions.filter((version) => version.key === key).at(-1)
  return found?.isMarker ? undefined : found
}

/** What stands under the key from now on; without versioning it takes the place of what stood there. */
export function store(
  bucket: S3Bucket,
  version: Omit<S3Version, 'versionId' | 'storedAtMs'>,
  newId: () => string,
): S3Version {
  const versionId = bucket.versioning === 'Enabled' ? newId() : 'null'
  if (versionId === 'null') remove(bucket, version.key, 'null')
  const stored = { ...version, versionId, storedAtMs: Date.now() }
  bucket.versions.push(stored)
  return stored
}

/** Deletes one version; without one the object, of which a bucket with versions keeps everything and a mark. */
export function erase(
  bucket: S3Bucket,
  input: { key: string; versionId: string | undefined },
  newId: () => string,
) {
  const { key, versionId } = input
  if (versionId !== undefined) return remove(bucket, key, versionId)
  if (bucket.versioning === undefined) return remove(bucket, key, 'null')
  store(bucket, { ...nothing, key, isMarker: true }, newId)
}

const nothing = {
  body: Buffer.alloc(0),
  contentType: '',
  sse: undefined,
  kmsKeyId: undefined,
  checksumSha256: undefined,
  checksumCrc32: undefined,
  bucketKey: false,
  etag: '',
}

function remove(bucket: S3Bucket, key: string, versionId: string): void {
  bucket.versions = bucket.versions.filter(
    (version) => version.key !== key || version.versionId !== versionId,
  )
}

export const sha256Base64 = (body: Buffer) => createHash('sha256').update(body).digest('base64')
export const etagOf = (body: Buffer) => `"${createHash('md5').update(body).digest('hex')}"`
