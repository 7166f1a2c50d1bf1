import path from 'node:path'
import type { Config } from '../config.ts'
import type { LedgerPlace, Log, ObjectStore, Vault } from '../core/ports.ts'
import type { KeyPurpose } from '../core/words.ts'
import type { DatabaseRole } from '../storage/database.ts'
import { createDiskLedger } from '../storage/ledger/disk-ledger.ts'
import { createDiskObjects } from '../storage/objects/disk.ts'
import { createFileVault } from '../storage/vault/file-vault.ts'
import { loadMasterKey } from '../storage/vault/master-key.ts'

type StoreRole = DatabaseRole

/** What each role may open. An agent's worker has no business with the tokens of chats. */
const purposes: Record<StoreRole, readonly KeyPurpose[]> = {
  loom_app: ['content', 'chat', 'integrations'],
  loom_worker: ['content', 'integrations'],
  // They open nothing of a tenant: one deletes what it cannot read, the other copies it.
  loom_purge: [],
  loom_dump: [],
}

/** The vault of each role: wrapped by KMS where the settings name it, else by the master key's file. */
export async function openVaults(input: { config: Config; log: Log }): Promise<(role: StoreRole) => Vault> {
  const { config, log } = input
  if (!config.keys) {
    const directory = path.join(config.home, 'keys')
    const masterKey = await loadMasterKey({ file: config.masterKeyFile, keysDirectory: directory })
    const open = (role: StoreRole) =>
      createFileVault({ directory, masterKey, now: Date.now, purposes: purposes[role] })
    return oncePerRole(open)
  }
  const { kmsEndpoint, kmsKeyId, keysBucket, region, s3Endpoint } = config.keys
  // Loaded where it is used: the clients are hundreds of files.
  const [{ createS3Client }, { createKmsClient }, { createKmsVault }] = await Promise.all([
    import('../storage/objects/s3/index.ts'),
    import('../storage/vault/kms/client.ts'),
    import('../storage/vault/kms/kms-vault.ts'),
  ])
  const clients = {
    kms: createKmsClient({ region, endpoint: kmsEndpoint }),
    s3: createS3Client({ region, endpoint: s3Endpoint }),
  }
  const open = (role: StoreRole) =>
    createKmsVault({ ...clients, keysBucket, kmsKeyId, log, now: Date.now, purposes: purposes[role] })
  return oncePerRole(open)
}

/** The files' store: S3 where the settings name a bucket, else the disk below the home. */
export async function openObjects(config: Config): Promise<ObjectStore> {
  if (!config.s3) return createDiskObjects({ root: path.join(config.home, 'objects') })
  const { bucket, endpoint, kmsKeyId, region } = config.s3
  const { createS3Client, createS3Objects } = await import('../storage/objects/s3/index.ts')
  return createS3Objects({ client: createS3Client({ region, endpoint }), bucket, kmsKeyId, now: Date.now })
}

/** The ledger of deletions: in the bucket of the keys where the settings name one, else below the home. */
export async function openLedger(config: Config): Promise<LedgerPlace> {
  if (!config.keys) return createDiskLedger({ directory: path.join(config.home, 'ledger') })
  const { keysBucket, region, s3Endpoint } = config.keys
  const [{ createS3Client }, { createKeysBucket }, { createBucketLedger }] = await Promise.all([
    import('../storage/objects/s3/index.ts'),
    import('../storage/vault/kms/keys-bucket.ts'),
    import('../storage/ledger/bucket-ledger.ts'),
  ])
  const s3 = createS3Client({ region, endpoint: s3Endpoint })
  return createBucketLedger({ bucket: createKeysBucket({ s3, keysBucket }) })
}

/** One vault for all pools of a role: what one has unwrapped the others need not. */
function oncePerRole(open: (role: StoreRole) => Vault): (role: StoreRole) => Vault {
  const opened = new Map<StoreRole, Vault>()
  return (role) => {
    const vault = opened.get(role) ?? open(role)
    opened.set(role, vault)
    return vault
  }
}
