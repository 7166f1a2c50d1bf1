import { access, constants, mkdir, stat, statfs } from 'node:fs/promises'
import path from 'node:path'
import type { Config } from '../../config.ts'
import { formatBytes } from '../../core/format.ts'
import { checkRedis } from '../../queue/check-redis.ts'
import { lifecycleRules } from '../../retention/lifecycle.ts'
import { type Finding, findingsOf, look } from './finding.ts'

/** Below this a brief with large files may not fit any more. */
const leastFreeBytes = 1_000_000_000

export async function examineQueue({ redisUrl }: Config): Promise<Finding[]> {
  if (!redisUrl) return [{ part: 'queue', state: 'ok', text: 'On the database.' }]
  return look('queue', async () => findingsOf('queue', await checkRedis(redisUrl)))
}

export async function examineFiles(config: Config): Promise<Finding[]> {
  const part = 'files'
  if (!config.s3) return look(part, () => examineDisk(part, path.join(config.home, 'objects')))
  const { bucket, endpoint, kmsKeyId, region } = config.s3
  return look(part, async () => {
    const { checkLifecycle, checkS3, createS3Client } = await import('../../storage/objects/s3/index.ts')
    const client = createS3Client({ region, endpoint })
    const findings = findingsOf(part, await checkS3(client, { bucket, kmsKeyId }))
    if (findings.some(({ state }) => state === 'fault')) return findings
    const lifecycle = await checkLifecycle({ client, bucket }, lifecycleRules().Rules)
    return [...findings, ...findingsOf(part, lifecycle)]
  })
}

export async function examineKeys(config: Config): Promise<Finding[]> {
  const part = 'keys'
  if (!config.keys) return look(part, () => examineMasterKey(config))
  const { kmsEndpoint, kmsKeyId, keysBucket, region, s3Endpoint } = config.keys
  return look(part, async () => {
    const [{ createS3Client }, { createKmsClient }, { checkKms }] = await Promise.all([
      import('../../storage/objects/s3/index.ts'),
      import('../../storage/vault/kms/client.ts'),
      import('../../storage/vault/kms/check.ts'),
    ])
    const kms = createKmsClient({ region, endpoint: kmsEndpoint })
    const s3 = createS3Client({ region, endpoint: s3Endpoint })
    return findingsOf(part, await checkKms({ kms, s3, keysBucket, kmsKeyId }))
  })
}

async function examineDisk(part: string, folder: string): Promise<Finding[]> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await access(folder, constants.R_OK | constants.W_OK | constants.X_OK)
  const { bavail, bsize } = await statfs(folder)
  const free = bavail * bsize
  if (free < leastFreeBytes) {
    return [{ part, state: 'fault', text: `Only ${formatBytes(free)} are free for files. Free some space.` }]
  }
  return [{ part, state: 'ok', text: `On this machine's disk, ${formatBytes(free)} free.` }]
}

async function examineMasterKey({ masterKeyFile }: Config): Promise<Finding[]> {
  const part = 'keys'
  const seen = await stat(masterKeyFile).catch(() => undefined)
  if (!seen)
    return [{ part, state: 'note', text: `The master key is made at the first start, at ${masterKeyFile}.` }]
  if ((seen.mode & 0o077) !== 0) {
    return [{ part, state: 'fault', text: `Others can read ${masterKeyFile}. Run chmod 600 on it.` }]
  }
  return [
    {
      part,
      state: 'ok',
      text: `Wrapped by the master key at ${masterKeyFile}. Keep a copy of it elsewhere.`,
    },
  ]
}
