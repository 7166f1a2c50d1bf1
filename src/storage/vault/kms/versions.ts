import {
  DeleteObjectsCommand,
  GetBucketVersioningCommand,
  ListObjectVersionsCommand,
  type S3Client,
} from '@aws-sdk/client-s3'

interface Version {
  Key: string
  VersionId: string | undefined
}

/** Whether a bucket keeps versions, or still has some from a time when it did. */
export async function keepsVersions(s3: S3Client, Bucket: string): Promise<boolean> {
  const { Status } = await s3.send(new GetBucketVersioningCommand({ Bucket }))
  if (Status !== 'Suspended') return Status === 'Enabled'
  for await (const page of versionPages(s3, { Bucket, Prefix: '' })) {
    if (page.some(({ VersionId }) => VersionId !== undefined && VersionId !== 'null')) return true
  }
  return false
}

/** Deletes every version of every object below a prefix, and the marks of earlier deletions. Answers how many. */
export async function deleteVersions(
  s3: S3Client,
  below: { Bucket: string; Prefix: string },
): Promise<number> {
  let count = 0
  for await (const Objects of versionPages(s3, below)) {
    if (Objects.length === 0) continue
    const { Errors = [] } = await s3.send(
      new DeleteObjectsCommand({ Bucket: below.Bucket, Delete: { Objects, Quiet: true } }),
    )
    const [first] = Errors
    if (first) throw Object.assign(new Error('not deleted'), { name: first.Code ?? 'Unknown', $metadata: {} })
    count += Objects.length
  }
  return count
}

async function* versionPages(
  s3: S3Client,
  below: { Bucket: string; Prefix: string },
): AsyncGenerator<Version[]> {
  let KeyMarker: string | undefined
  let VersionIdMarker: string | undefined
  do {
    const page = await s3.send(new ListObjectVersionsCommand({ ...below, KeyMarker, VersionIdMarker }))
    yield [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])].flatMap(({ Key, VersionId }) =>
      Key === undefined ? [] : [{ Key, VersionId }],
    )
    KeyMarker = page.IsTruncated ? page.NextKeyMarker : undefined
    VersionIdMarker = page.NextVersionIdMarker
  } while (KeyMarker !== undefined)
}
