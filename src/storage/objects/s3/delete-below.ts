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

interface Version {
  Key: string
  VersionId: string | undefined
  isMarker: boolean
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
    const Objects = page.map(({ Key, VersionId }) => ({ Key, VersionId }))
    const Delete = { Objects, Quiet: true }
    const { Errors = [] } = await client.send(new DeleteObjectsCommand({ Bucket: below.Bucket, Delete }))
    const [first] = Errors
    if (first) throw refusal(first.Code)
    count += page.filter(({ isMarker }) => !isMarker).length
  }
  return count
}

async function* versionPages(client: S3Client, { Bucket, prefix }: Below): AsyncGenerator<Version[]> {
  let KeyMarker: string | undefined
  let VersionIdMarker: string | undefined
  do {
    const input = { Bucket, Prefix: prefix, KeyMarker, VersionIdMarker }
    const page = await client.send(new ListObjectVersionsCommand(input))
    const versions = (page.Versions ?? []).map((version) => ({ ...version, isMarker: false }))
    const markers = (page.DeleteMarkers ?? []).map((marker) => ({ ...marker, isMarker: true }))
    yield [...versions, ...markers].flatMap(({ isMarker, Key, VersionId }) =>
      Key !== undefined && isBelow(Key, prefix) ? [{ Key, VersionId, isMarker }] : [],
    )
    KeyMarker = page.IsTruncated ? page.NextKeyMarker : undefined
    VersionIdMarker = page.NextVersionIdMarker
  } while (KeyMarker !== undefined)
}

async function abortUploads(client: S3Client, { Bucket, prefix }: Below): Promise<void> {
  let KeyMarker: string | undefined
  let UploadIdMarker: string | undefined
  do {
    const input = { Bucket, Prefix: prefix, KeyMarker, UploadIdMarker }
    const page = await client.send(new ListMultipartUploadsCommand(input))
    for (const { Key, UploadId } of page.Uploads ?? []) {
      if (Key === undefined || UploadId === undefined || !isBelow(Key, prefix)) continue
      await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId })).catch(unlessGone)
    }
    KeyMarker = page.IsTruncated ? page.NextKeyMarker : undefined
    UploadIdMarker = page.NextUploadIdMarker
  } while (KeyMarker !== undefined)
}

/** It may have ended by itself since it was listed. */
function unlessGone(thrown: unknown): void {
  if (!(thrown instanceof Error) || thrown.name !== 'NoSuchUpload') throw thrown
}

function isBelow(key: string, prefix: string): boolean {
  return key === prefix || key.startsWith(`${prefix}/`)
}

/** S3 answers 200 to a deletion that it refused for single objects; it must not pass for done. */
function refusal(code: string | undefined): Error {
  return Object.assign(new Error('not deleted'), { name: code ?? 'InternalError', $metadata: {} })
}
