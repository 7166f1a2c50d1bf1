import type { KMSClient } from '@aws-sdk/client-kms'
import type { S3Client } from '@aws-sdk/client-s3'
import type { Log } from '../../../core/ports.ts'
import type { KeyPurpose } from '../../../core/words.ts'
import { isTenant, keysGone, tenantFolder, type WrappedKeys } from '../wrapped-keys.ts'
import { createKeysBucket } from './keys-bucket.ts'
import { once } from './once.ts'
import { openRoot } from './root.ts'
import { createWrapping } from './wrapping.ts'

export interface KmsKeysDeps {
  kms: KMSClient
  s3: S3Client
  keysBucket: string
  /** Id, alias or ARN. */
  kmsKeyId: string
  log: Log
}

/** Wrapped keys, with the installation's root secret that lies beside them. */
export interface KmsKeys extends WrappedKeys {
  root(): Promise<Buffer>
}

/**
 * Data keys in a bucket that keeps no versions, `<tenant>/<purpose>.key`, wrapped by a KMS key with tenant and purpose
 * as the encryption context. Nothing is written before the bucket was seen to keep no versions.
 */
export function createKmsKeys(deps: KmsKeysDeps): KmsKeys {
  const { log } = deps
  const bucket = createKeysBucket(deps)
  const wrapping = createWrapping(deps)
  const mayWrite = once(bucket.refuseVersions)
  const root = once(() => openRoot({ bucket, wrapping, mayWrite, log }))

  return {
    root,
    async create(tenantId, purpose) {
      const name = nameOf(tenantId, purpose)
      if (await bucket.read(name)) return
      await mayWrite()
      // Before any tenant's key, so that keys without a root secret always mean that it was lost.
      await root()
      const wrapped = await wrapping.make(contextOf(tenantId, purpose))
      if (await bucket.writeFirst(name, wrapped)) log.info({ tenantId, purpose }, 'a data key was made')
    },
    async open(tenantId, purpose) {
      const wrapped = await bucket.read(nameOf(tenantId, purpose))
      if (!wrapped) throw keysGone()
      return wrapping.open(contextOf(tenantId, purpose), wrapped)
    },
    async destroy(tenantId) {
      const count = await bucket.deleteFolder(tenantFolder(tenantId))
      log.info({ tenantId, count }, 'the data keys of a tenant were destroyed')
    },
    async tenants() {
      return (await bucket.folders()).filter(isTenant)
    },
  }
}

function nameOf(tenantId: string, purpose: KeyPurpose): string {
  return `${tenantFolder(tenantId)}/${purpose}.key`
}

function contextOf(tenantId: string, purpose: KeyPurpose): Record<string, string> {
  return { 'loom:tenant': tenantId, 'loom:purpose': purpose }
}
