import { randomBytes, randomUUID } from 'node:crypto'
import type { KMSClient } from '@aws-sdk/client-kms'
import type { S3Client } from '@aws-sdk/client-s3'
import { LoomError, toLoomError } from '../../../core/errors.ts'
import { createKeysBucket, type KeysBucket } from './keys-bucket.ts'
import { createWrapping, type Wrapping } from './wrapping.ts'

export interface KmsFindings {
  ok: string[]
  /** Each a sentence that says what to do. */
  faults: string[]
}

/**
 * Looks whether KMS key and keys bucket do what the vault needs of them, by doing it with a probe that is removed
 * again. Never throws.
 */
export async function checkKms(deps: {
  kms: KMSClient
  s3: S3Client
  keysBucket: string
  kmsKeyId: string
}): Promise<KmsFindings> {
  const findings: KmsFindings = { ok: [], faults: [] }
  const look = async (what: () => Promise<string>): Promise<boolean> => {
    try {
      findings.ok.push(await what())
      return true
    } catch (thrown) {
      findings.faults.push(toLoomError(thrown).message)
      return false
    }
  }

  const wrapping = createWrapping(deps)
  const context = probeContext()
  let wrapped: Buffer = Buffer.alloc(0)
  const opens = await look(async () => {
    wrapped = await wrapping.make(context)
    await wrapping.open(context, wrapped)
    return 'AWS KMS makes keys and opens them again.'
  })
  if (opens) await look(() => checkContext(wrapping, wrapped))

  const bucket = createKeysBucket(deps)
  const keepsNothing = await look(async () => {
    await bucket.refuseVersions()
    return 'The bucket of keys keeps no versions.'
  })
  if (keepsNothing) await look(() => checkProbe(bucket))
  return findings
}

/** The context of a tenant that there is not, so that policies which look at it decide as for any other. */
function probeContext() {
  return { 'loom:tenant': randomUUID(), 'loom:purpose': 'content' }
}

async function checkContext(wrapping: Wrapping, wrapped: Buffer): Promise<string> {
  const opened = await wrapping.open(probeContext(), wrapped).catch((thrown: unknown) => {
    if (thrown instanceof LoomError && thrown.kind === 'corrupt') return undefined
    throw thrown
  })
  if (!opened) return 'AWS KMS opens a key for its own tenant only.'
  throw fault(
    'AWS KMS opened the key of one tenant for another. Check that the KMS endpoint is really AWS KMS before anything is stored.',
  )
}

async function checkProbe(bucket: KeysBucket): Promise<string> {
  const folder = `installation/probe-${randomUUID()}`
  const name = `${folder}/probe.key`
  const [first, second] = [randomBytes(64), randomBytes(64)]
  try {
    await bucket.writeFirst(name, first)
    await bucket.writeFirst(name, second)
    const found = await bucket.read(name)
    if (!found)
      throw fault('The bucket that S3_KEYS_BUCKET names loses what is written to it. Use a bucket on AWS S3.')
    if (!found.equals(first)) {
      throw fault(
        'The bucket that S3_KEYS_BUCKET names replaces objects in spite of If-None-Match, so two processes could end with two keys. Use a bucket on AWS S3.',
      )
    }
  } finally {
    await bucket.deleteFolder(folder)
  }
  if (await bucket.read(name))
    throw fault(
      'The bucket that S3_KEYS_BUCKET names still has what was deleted from it. Use a bucket on AWS S3.',
    )
  return 'The bucket of keys keeps the first of two writers, and deletes.'
}

function fault(message: string): LoomError {
  return new LoomError({ kind: 'unavailable', message, retryable: false })
}
