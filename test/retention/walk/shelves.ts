import { randomUUID } from 'node:crypto'
import { readFile, stat, utimes, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { CreateMultipartUploadCommand, UploadPartCommand } from '@aws-sdk/client-s3'
import type { ObjectStore } from '../../../src/core/ports.ts'
import { createDiskObjects } from '../../../src/storage/objects/disk.ts'
import { createS3Objects } from '../../../src/storage/objects/s3/index.ts'
import { startS3 } from '../../fakes/s3-server.ts'
import { clientOn, kmsKeyId } from '../../storage/objects/s3-bed.ts'
import { filesBelow } from './look.ts'

/** A file as it lies there: below a home, or in a bucket as if that were a folder of it. */
export interface Lying {
  /** `objects/…`, `keys/…`, `ledger/…` */
  name: string
  /** Another for each version and content. */
  version: string
  storedAtMs: number
  read(): Promise<Buffer>
}

/** Where objects are, as old as the told time says. */
export interface Shelf {
  objects: ObjectStore
  /** What a process leaves that dies in the middle of an upload. */
  leave(text: string): Promise<void>
  lying(): Promise<Lying[]>
  close(): Promise<void>
}

export type OpenShelf = (deps: { home: string; now(): number }) => Promise<Shelf>

export const onDisk: OpenShelf = async ({ home, now }) => {
  const root = path.join(home, 'objects')
  const disk = createDiskObjects({ root, now })
  return {
    objects: {
      ...disk,
      async put(key, body, meta) {
        await disk.put(key, body, meta)
        const moment = new Date(now())
        await utimes(path.join(root, key), moment, moment)
      },
    },
    leave: (text) => writeFile(path.join(root, '.incoming', randomUUID()), text),
    lying: () => lyingBelow(home),
    close: async () => undefined,
  }
}

/** A bucket that keeps old versions, which has to keep none. */
export const inBucket: OpenShelf = async ({ home, now }) => {
  const Bucket = 'files'
  const s3 = await startS3({ buckets: [{ name: Bucket, versioning: 'Enabled' }] })
  const client = clientOn(s3)
  const bucket = createS3Objects({ client, bucket: Bucket, kmsKeyId, now })
  return {
    objects: {
      ...bucket,
      async put(key, body, meta) {
        await bucket.put(key, body, meta)
        const stored = s3.objects(Bucket).findLast((version) => version.key === key)
        if (stored) stored.storedAtMs = now()
        s3.requests.length = 0
      },
    },
    async leave(text) {
      const Key = `${randomUUID()}/${randomUUID()}/blobs/${'0'.repeat(64)}`
      const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }))
      await client.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body: text }))
      const begun = s3.uploads(Bucket).find(({ uploadId }) => uploadId === UploadId)
      if (begun) begun.begunAtMs = now()
    },
    async lying() {
      const versions = s3.objects(Bucket).map(({ body, key, storedAtMs, versionId }) => ({
        ...{ name: `objects/${key}`, version: versionId, storedAtMs },
        read: async () => body,
      }))
      const uploads = s3.uploads(Bucket).map(({ begunAtMs, parts, uploadId }) => ({
        ...{ name: `objects/.incoming/${uploadId}`, version: String(parts.size), storedAtMs: begunAtMs },
        read: async () => Buffer.concat([...parts.values()].map(({ body }) => body)),
      }))
      return [...(await lyingBelow(home)), ...versions, ...uploads]
    },
    async close() {
      client.destroy()
      await s3[Symbol.asyncDispose]()
    },
  }
}

async function lyingBelow(home: string): Promise<Lying[]> {
  return Promise.all(
    (await filesBelow(home)).map(async (file) => {
      const { mtimeMs, size } = await stat(file)
      const name = path.relative(home, file)
      return { name, version: `${mtimeMs} ${size}`, storedAtMs: mtimeMs, read: () => readFile(file) }
    }),
  )
}
