import { Readable } from 'node:stream'
import { GetObjectCommand } from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { attachment } from '../../../core/content-disposition.ts'
import type { Clock, ObjectStore } from '../../../core/ports.ts'
import { objectMissing } from '../disk-errors.ts'
import { keySegments } from '../key.ts'
import { deleteBelow } from './delete-below.ts'
import { inOurWords } from './in-our-words.ts'
import { listBelow, tidyBucket } from './list.ts'
import { inWords } from './s3-errors.ts'
import { type S3Place, upload } from './upload.ts'

const longestPresignS = 7 * 24 * 3_600

/**
 * Objects in an S3 bucket, every write under SSE-KMS where a key is named, checked by a sum on the way in and by the
 * same sum on the way out. Large bodies go in parts; one that breaks off leaves nothing. Deleting a prefix deletes all
 * versions and unfinished uploads. Faults of S3 are `unavailable`: the work waits until somebody has mended them. The
 * body that `stream` answers must be read or destroyed.
 */
export function createS3Objects(deps: S3Place & { now: Clock }): ObjectStore {
  const { bucket: Bucket, client } = deps

  const read = (key: string): Promise<{ body: Readable; bytes: number }> =>
    inWords(async () => {
      const input = { Bucket, Key: keyOf(key), ChecksumMode: 'ENABLED' as const }
      const answer = await client.send(new GetObjectCommand(input))
      if (!(answer.Body instanceof Readable)) throw objectMissing()
      return { body: answer.Body, bytes: answer.ContentLength ?? 0 }
    })

  return {
    async put(key, body, meta) {
      await upload(deps, { key: keyOf(key), body, mediaType: meta.mediaType })
    },

    async get(key) {
      const { body } = await read(key)
      return inWords(async () => Buffer.concat(await body.toArray()))
    },

    async stream(key) {
      const { body, bytes } = await read(key)
      return { body: inOurWords(body), bytes }
    },

    deletePrefix: (prefix) =>
      inWords(async () => deleteBelow(client, { Bucket, prefix: keyOf(prefix.replace(/\/$/, '')) })),

    list: (prefix) =>
      listBelow(client, { Bucket, prefix: prefix === '' ? '' : keyOf(prefix.replace(/\/$/, '')) }),

    tidy: ({ olderThanMs }) =>
      inWords(() => tidyBucket(client, { Bucket, sinceMs: deps.now() - olderThanMs })),

    localPath(key) {
      keySegments(key)
      return undefined
    },

    presign: (key, { fileName, mediaType, ttlMs }) =>
      inWords(async () => {
        const command = new GetObjectCommand({
          Bucket,
          Key: keyOf(key),
          ResponseContentDisposition: attachment(fileName),
          ResponseContentType: mediaType,
          ResponseCacheControl: 'private, no-store',
        })
        const expiresIn = Math.min(longestPresignS, Math.max(1, Math.floor(ttlMs / 1_000)))
        // What the client learned of a wrong clock here holds for signatures too; the presigner does not ask it.
        const signingDate = new Date(deps.now() + client.config.systemClockOffset)
        return getSignedUrl(client, command, { expiresIn, signingDate })
      }),
  }
}

function keyOf(key: string): string {
  return keySegments(key).join('/')
}
