import { createHmac } from 'node:crypto'
import { DecryptCommand, GenerateDataKeyCommand, type KMSClient } from '@aws-sdk/client-kms'
import { LoomError } from '../../../core/errors.ts'
import type { DataKey } from '../envelope.ts'
import { fromKms } from './kms-errors.ts'

const version = 1
const header = 1 + 8
const keyBytes = 32
/** The longest ciphertext that KMS takes. */
const mostBytes = 6_144

/** What KMS authenticates with a wrapped key, and writes into its own trail. */
export type KeyContext = Readonly<Record<string, string>>

export interface Wrapping {
  /** A new key as it is stored. */
  make(context: KeyContext): Promise<Buffer>
  /** Throws `corrupt` under any other context, and for what KMS does not know as its own. */
  open(context: KeyContext, wrapped: Uint8Array): Promise<DataKey>
}

/**
 * Keys wrapped by a KMS key. As stored: version (1 byte), key id (8), KMS's ciphertext. The id follows from the key,
 * so that one that was changed is found out before anything is sealed under it.
 */
export function createWrapping(deps: { kms: KMSClient; kmsKeyId: string }): Wrapping {
  const { kms, kmsKeyId } = deps
  return {
    async make(context) {
      const answer = await toKms(() =>
        kms.send(
          new GenerateDataKeyCommand({
            KeyId: kmsKeyId,
            KeySpec: 'AES_256',
            EncryptionContext: context,
          }),
        ),
      )
      const key = plainKey(answer.Plaintext)
      const wrapped = Buffer.concat([Buffer.from([version]), idOf(key), answer.CiphertextBlob ?? noKey()])
      key.fill(0)
      return wrapped
    },
    async open(context, wrapped) {
      if (wrapped[0] !== version || wrapped.length <= header || wrapped.length > header + mostBytes) {
        throw unreadable('header')
      }
      const answer = await toKms(() =>
        kms.send(
          new DecryptCommand({
            // Named, so that what somebody wrapped by a key of his own does not open.
            KeyId: kmsKeyId,
            CiphertextBlob: wrapped.subarray(header),
            EncryptionContext: context,
          }),
        ),
      )
      const key = plainKey(answer.Plaintext)
      const id = idOf(key)
      if (!id.equals(wrapped.subarray(1, header))) throw unreadable('key id')
      return { id, key }
    },
  }
}

async function toKms<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (thrown) {
    throw fromKms(thrown)
  }
}

function idOf(key: Buffer): Buffer {
  return createHmac('sha256', key).update('loom/key-id').digest().subarray(0, 8)
}

function plainKey(plain: Uint8Array | undefined): Buffer {
  if (plain?.length !== keyBytes) return noKey()
  return Buffer.from(plain.buffer, plain.byteOffset, plain.byteLength)
}

function noKey(): never {
  throw new LoomError({
    kind: 'unavailable',
    message: 'AWS KMS does not answer as it should. Try again in a moment.',
    detail: 'kms: an answer without a key',
  })
}

function unreadable(detail: string): LoomError {
  return new LoomError({
    kind: 'corrupt',
    message:
      'A key in the bucket that S3_KEYS_BUCKET names is damaged, or a newer Loom wrote it. Check that S3_KEYS_BUCKET is the right bucket and that nothing else writes to it.',
    detail: `wrapped key: ${detail}`,
  })
}
