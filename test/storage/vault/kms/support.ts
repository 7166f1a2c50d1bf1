import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3'
import type { Vault } from '../../../../src/core/ports.ts'
import type { KeyPurpose } from '../../../../src/core/words.ts'
import { createS3Client } from '../../../../src/storage/objects/s3/client.ts'
import { createKmsClient } from '../../../../src/storage/vault/kms/client.ts'
import type { KmsKeysDeps } from '../../../../src/storage/vault/kms/kms-keys.ts'
import { createKmsVault } from '../../../../src/storage/vault/kms/kms-vault.ts'
import { startKms } from '../../../fakes/kms-server.ts'
import { startS3 } from '../../../fakes/s3-server.ts'
import { silentLog } from '../../../support/store.ts'

export const keysBucket = 'keys-of-a'
export const otherBucket = 'keys-of-b'
export const versionedBucket = 'keys-kept'
export const suspendedBucket = 'keys-once-kept'

/** KMS and S3 on loopback, and one installation over them whose clock is the test's. */
export async function openAws() {
  const kms = await startKms({ keys: ['alias/loom', 'alias/older'] })
  const s3 = await startS3({
    buckets: [
      { name: keysBucket },
      { name: otherBucket },
      { name: versionedBucket, versioning: 'Enabled' },
      { name: suspendedBucket, versioning: 'Suspended' },
    ],
  })
  let clock = 1_000_000
  const clients: { destroy(): void }[] = []
  const kmsClient = () => {
    const client = createKmsClient(kms)
    clients.push(client)
    return client
  }
  const s3Client = () => {
    const client = createS3Client(s3)
    clients.push(client)
    return client
  }
  const own: KmsKeysDeps = {
    kms: kmsClient(),
    s3: s3Client(),
    keysBucket,
    kmsKeyId: 'alias/loom',
    log: silentLog,
  }
  const bucketOf = (Bucket: string) => ({
    async names(prefix = '') {
      const page = await own.s3.send(new ListObjectVersionsCommand({ Bucket, Prefix: prefix }))
      return [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])].map(({ Key = '' }) => Key)
    },
    async read(Key: string) {
      const { Body } = await own.s3.send(new GetObjectCommand({ Bucket, Key }))
      return Buffer.from((await Body?.transformToByteArray()) ?? [])
    },
    write: (Key: string, Body: Uint8Array) => own.s3.send(new PutObjectCommand({ Bucket, Key, Body })),
    remove: (Key: string) => own.s3.send(new DeleteObjectCommand({ Bucket, Key })),
  })
  return {
    kms,
    s3,
    /** What a vault is made of; the clients are shared. */
    deps: { ...own, now: () => clock },
    bucket: bucketOf(keysBucket),
    bucketOf,
    /** A vault as another process has it; with `alone` also over connections of its own. */
    open(part: Partial<KmsKeysDeps> & { purposes?: readonly KeyPurpose[]; alone?: boolean } = {}): Vault {
      const { alone, ...rest } = part
      const clients = alone ? { kms: kmsClient(), s3: s3Client() } : {}
      return createKmsVault({ ...own, ...clients, now: () => clock, ...rest })
    },
    advance(ms: number) {
      clock += ms
    },
    async close() {
      for (const client of clients) client.destroy()
      await kms[Symbol.asyncDispose]()
      await s3[Symbol.asyncDispose]()
    },
  }
}

export type Aws = Awaited<ReturnType<typeof openAws>>
