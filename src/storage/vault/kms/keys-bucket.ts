import { setTimeout as pause } from 'node:timers/promises'
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { LoomError } from '../../../core/errors.ts'
import { fromBucket, isStatus } from './bucket-errors.ts'
import { deleteVersions, keepsVersions } from './versions.ts'

const mostConflicts = 8
const longestReadMs = 20_000

/** The bucket of wrapped keys: small objects that are written once and, when they go, are gone. */
export interface KeysBucket {
  /** `undefined` where there is none. */
  read(name: string): Promise<Buffer | undefined>
  /** Writes where nothing is. Answers `false` when somebody was first; what is there stays. */
  writeFirst(name: string, body: Uint8Array): Promise<boolean>
  /** Deletes all below a folder, versions too. Answers how many went. */
  deleteFolder(folder: string): Promise<number>
  /** The names of all folders. */
  folders(): Promise<string[]>
  /** The names of the first few objects. */
  firstNames(): Promise<string[]>
  /** Throws `forbidden` for a bucket that would keep what is deleted. */
  refuseVersions(): Promise<void>
}

export function createKeysBucket(deps: { s3: S3Client; keysBucket: string; readMs?: number }): KeysBucket {
  const { s3, keysBucket: Bucket, readMs = longestReadMs } = deps
  return {
    read: (name) =>
      toBucket(async () => {
        try {
          // Bounds the body too: one that never ends would hold all who wait for the key.
          const abortSignal = AbortSignal.timeout(readMs)
          const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: name }), { abortSignal })
          return Body && Buffer.from(await Body.transformToByteArray())
        } catch (thrown) {
          if (thrown instanceof Error && thrown.name === 'NoSuchKey') return undefined
          throw thrown
        }
      }),
    writeFirst: (name, body) =>
      toBucket(async () => {
        const put = { Bucket, Key: name, Body: body, ContentType: 'application/octet-stream' }
        for (let attempt = 1; ; attempt += 1) {
          try {
            await s3.send(new PutObjectCommand({ ...put, IfNoneMatch: '*' }))
            return true
          } catch (thrown) {
            if (isStatus(thrown, 412)) return false
            // Two wrote at the same moment: one of them was let through, or neither.
            if (!isStatus(thrown, 409) || attempt === mostConflicts) throw thrown
            await pause(attempt * 20)
          }
        }
      }),
    deleteFolder: (folder) => toBucket(() => deleteVersions(s3, { Bucket, Prefix: `${folder}/` })),
    folders: () =>
      toBucket(async () => {
        const found = new Set<string>()
        let ContinuationToken: string | undefined
        do {
          const page = await s3.send(new ListObjectsV2Command({ Bucket, ContinuationToken }))
          for (const { Key = '' } of page.Contents ?? [])
            if (Key.includes('/')) found.add(Key.split('/')[0] ?? '')
          ContinuationToken = page.IsTruncated ? page.NextContinuationToken : undefined
        } while (ContinuationToken !== undefined)
        return [...found]
      }),
    firstNames: () =>
      toBucket(async () => {
        const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket, MaxKeys: 10 }))
        return (Contents ?? []).flatMap(({ Key }) => Key ?? [])
      }),
    refuseVersions: () =>
      toBucket(async () => {
        if (await keepsVersions(s3, Bucket)) throw versioned()
      }),
  }
}

async function toBucket<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    throw fromBucket(thrown)
  }
}

function versioned(): LoomError {
  return new LoomError({
    kind: 'forbidden',
    message:
      'The bucket that S3_KEYS_BUCKET names keeps old versions, so destroyed keys would not be gone. Make a bucket that never had versioning, and set S3_KEYS_BUCKET to it.',
    detail: 'keys bucket: versioned',
  })
}
