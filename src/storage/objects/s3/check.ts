import { randomUUID } from 'node:crypto'
import {
  GetObjectCommand,
  type GetObjectCommandOutput,
  ListObjectVersionsCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3'
import { LoomError, toLoomError } from '../../../core/errors.ts'
import { deleteBelow } from './delete-below.ts'
import { fromS3 } from './s3-errors.ts'
import { encryption, type S3Place } from './upload.ts'

export interface S3Findings {
  ok: string[]
  /** Each a sentence that says what to do. */
  faults: string[]
  /** How far S3's clock is ahead of ours; `undefined` when it never answered. */
  clockOffMs: number | undefined
}

const mostClockOffMs = 60_000

/**
 * Looks whether the bucket does what the store needs of it, by doing it with a probe that is removed again, all
 * versions of it. Never throws.
 */
export async function checkS3(
  client: S3Place['client'],
  { bucket, kmsKeyId }: Omit<S3Place, 'client'>,
): Promise<S3Findings> {
  const findings: S3Findings = { ok: [], faults: [], clockOffMs: undefined }
  const look = async (what: () => Promise<string>): Promise<boolean> => {
    try {
      findings.ok.push(await what())
      findings.clockOffMs = client.config.systemClockOffset
      return true
    } catch (thrown) {
      findings.faults.push(toLoomError(fromS3(thrown)).message)
      if (thrown instanceof Error && '$response' in thrown) {
        findings.clockOffMs = client.config.systemClockOffset
      }
      return false
    }
  }
  const isThere = await look(async () => {
    // Not a HEAD: its refusals have no body, and so no reason.
    await client.send(new ListObjectVersionsCommand({ Bucket: bucket, Prefix: 'doctor/', MaxKeys: 1 }))
    return 'The bucket of files is there.'
  })
  if (isThere) await look(() => probe({ client, bucket, kmsKeyId }))
  const offMs = Math.abs(findings.clockOffMs ?? 0)
  if (offMs > mostClockOffMs) {
    const minutes = Math.round(offMs / 60_000)
    findings.faults.push(
      `This machine's clock and AWS's are ${minutes} min apart. Set the clock right, by NTP.`,
    )
  }
  return findings
}

async function probe({ bucket, client, kmsKeyId }: S3Place): Promise<string> {
  const at = { Bucket: bucket, Key: `doctor/${randomUUID()}` }
  const Body = Buffer.from('a probe of the doctor')
  const put = { ...at, ...encryption(kmsKeyId), Body, ChecksumAlgorithm: 'SHA256' } as const
  await client.send(new PutObjectCommand(put))
  const refused = await readBack(client, { at, Body, kmsKeyId }).catch((thrown: unknown) => ({ thrown }))
  const deleted = await deleteBelow(client, { Bucket: bucket, prefix: at.Key })
  if (refused) throw refused.thrown
  if (deleted === 0) throw fault('The file store lists no versions, so Loom could not delete from it.')
  return kmsKeyId ? 'It keeps files under the KMS key, and deletes.' : 'It keeps files, and deletes.'
}

async function readBack(
  client: S3Place['client'],
  { at, Body, kmsKeyId }: { at: { Bucket: string; Key: string }; Body: Buffer; kmsKeyId: string | undefined },
): Promise<undefined> {
  const found = await client.send(new GetObjectCommand({ ...at, ChecksumMode: 'ENABLED' }))
  const bytes = await found.Body?.transformToByteArray()
  if (!bytes || !Body.equals(bytes)) {
    throw fault('The file store gave back something else than what was put. Use a bucket on AWS S3.')
  }
  if (kmsKeyId && !isUnder(kmsKeyId, found)) {
    throw fault('The file store did not encrypt with the key that KMS_KEY_ID names. Use a bucket on AWS S3.')
  }
}

/** S3 answers the key's full name. Which key an alias stands for only KMS could say. */
function isUnder(kmsKeyId: string, found: GetObjectCommandOutput): boolean {
  if (found.ServerSideEncryption !== 'aws:kms') return false
  return kmsKeyId.includes('alias/') || lastPart(found.SSEKMSKeyId) === lastPart(kmsKeyId)
}

function lastPart(name = ''): string {
  return name.slice(name.lastIndexOf('/') + 1)
}

function fault(message: string): LoomError {
  return new LoomError({ kind: 'unavailable', message })
}
