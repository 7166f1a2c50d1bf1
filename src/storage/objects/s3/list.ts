import type { S3Client } from '@aws-sdk/client-s3'
import type { StoredObject } from '../../../core/ports.ts'
import { abortUploads, deleteVersions, versionPages } from './delete-below.ts'
import { fromS3 } from './s3-errors.ts'

/** Every version of every object at or below a prefix, in the order of keys. */
export async function* listBelow(
  client: S3Client,
  below: { Bucket: string; prefix: string },
): AsyncGenerator<StoredObject> {
  try {
    for await (const page of versionPages(client, below)) {
      for (const { bytes, isOld, Key: key, storedAtMs } of page) yield { key, bytes, storedAtMs, isOld }
    }
  } catch (thrown) {
    throw fromS3(thrown)
  }
}

/** Removes uploads that were begun and versions that were stored before `sinceMs` and are no objects. */
export async function tidyBucket(
  client: S3Client,
  { Bucket, sinceMs }: { Bucket: string; sinceMs: number },
): Promise<number> {
  let count = await abortUploads(client, { Bucket, prefix: '', sinceMs })
  for await (const page of versionPages(client, { Bucket, prefix: '' })) {
    const versions = page.filter(({ isOld, storedAtMs }) => isOld && storedAtMs <= sinceMs)
    if (versions.length === 0) continue
    await deleteVersions(client, { Bucket, versions })
    count += versions.length
  }
  return count
}
