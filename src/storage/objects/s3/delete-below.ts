import {
  AbortMultipartUploadCommand,
  DeleteObjectsCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  type S3Client,
} from '@aws-sdk/client-s3'

interface Below {
  Bucket: string
  /** Whole segments: `a/b` is `a/b` itself and what lies below `a/b/`. */
  prefix: string
}

export interface Version {
  Key: string
  VersionId: string | undefined
  isMarker: boolean
  isOld: boolean
  bytes: number
  storedAtMs: number
}

/**
 * Deletes every version of every object at or below the prefix, the marks of earlier deletions and the uploads that
 * never ended. Answers how many versions went. Idempotent; throws S3's own error.
 */
export async function deleteBelow(client: S3Client, below: Below): Promise<number> {
  // First what could still become an object while the versions are listed.
  await abortUploads(client, below)
  let count = 0
  for await (const page of versionPages(client, below)) {
    if (page.length === 0) continue
    await deleteVersions(client, { Bucket: below.Bucket, versions: page })
    count += page.filter(({ isMarker }) => !isMarker).length
  }
  return count
}

/** Deletes these versions for good. Throws when a single one is refused. */
export async function deleteVersions(
  client: S3Client,
  { Bucket, versions }: { Bucket: string; versions: readonly Version[] },
): Promise<void> {
  const Objects = versions.map(({ Key, VersionId }) => ({ Key, VersionId }))
  const { Errors = [] } = await client.send(
    new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }),
  )
  const [first] = Errors
  if (first) throw refusal(first.Code)
}

/** Every version at or below a prefix, everything for an empty one, a page at a time. */
export async function* versionPages(client: S3Client, { Bucket, prefix }: Below): AsyncGenerator<Version[]> {
  let KeyMarker: string | undefined
  let VersionIdMarker: string | undefined
  do {
    const input = { Bucket, Prefix: prefix, KeyMarker, VersionIdMarker }
    const page = await client.send(new ListObjectVersionsCommand(input))
    const versions = (page.Versions ?? []).map((version) => ({ ...version, isMarker: false }))
    const markers = (page.DeleteMarkers ?? []).map((marker) => ({ ...marker, Size: 0, isMarker: true }))
    yield [...versions, ...markers].flatMap(
      ({ IsLatest = true, isMarker, Key, LastModified, Size = 0, VersionId }) =>
        Key !== undefined && isBelow(Key, prefix)
          ? [
              {
                Key,
                VersionId,
                isMarker,
                isOld: isMarker || !IsLatest,
                bytes: Size,
                storedAtMs: LastModified?.getTime() ?? 0,
              },
            ]
          : [],
    )
    KeyMarker = page.IsTruncated ? page.NextKeyMarker : undefined
    VersionIdMarker = page.NextVersionIdMarker
  } while (KeyMarker !== undefined)
}

/** Ends uploads that never did, those begun before `sinceMs` where one is given. Answers how many. */
export async function abortUploads(
  client: S3Client,
  { Bucket, prefix, sinceMs = Number.POSITIVE_INFINITY }: Below & { sinceMs?: number },
): Promise<number> {
  let count = 0
  let KeyMarker: string | undefined
  let UploadIdMarker: string | undefined
  do {
    const input = { Bucket, Prefix: prefix, KeyMarker, UploadIdMarker }
    const page = await client.send(new ListMultipartUploadsCommand(input))
    for (const { Initiated, Key, UploadId } of page.Uploads ?? []) {
      if (Key === undefined || UploadId === undefined || !isBelow(Key, prefix)) continue
      if ((Initiated?.getTime() ?? 0) > sinceMs) continue
      count += 1
      await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId })).catch(unlessGone)
    }
    KeyMarker = page.IsTruncated ? page.NextKeyMarker : undefined
    UploadIdMarker = page.NextUploadIdMarker
  } while (KeyMarker !== undefined)
  return count
}

/** It may have ended by itself since it was listed. */
function unlessGone(thrown: unknown): void {
  if (!(thrown instanceof Error) || thrown.name !== 'NoSuchUpload') throw thrown
}

function isBelow(key: string, prefix: string): boolean {
  return prefix === '' || key === prefix || key.startsWith(`${prefix}/`)
}

/** S3 answers 200 to a deletion that it refused for single objects; it must not pass for done. */
function refusal(code: string | undefined): Error {
  return Object.assign(new Error('not deleted'), { name: code ?? 'InternalError', $metadata: {} })
}
