import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  randomBytes,
} from 'node:crypto'
import { LoomError } from '../../core/errors.ts'
import type { Sealer } from '../../core/ports.ts'
import { type KeyPurpose, keyPurposes } from '../../core/words.ts'

const version = 1
const header = 1 + 1 + 8
const nonceBytes = 12
const tagBytes = 16

/** A data key with the id under which sealed values name it. */
export interface DataKey {
  id: Buffer
  key: Buffer
}

export function newDataKey(): DataKey {
  return { id: randomBytes(8), key: randomBytes(32) }
}

/** Nonces by the hundred: asking the system for each one costs half as much as the sealing. None is given twice. */
function createNonces(): () => Buffer {
  let drawn = Buffer.alloc(0)
  let used = 0
  return () => {
    if (used === drawn.length) {
      drawn = randomBytes(nonceBytes * 256)
      used = 0
    }
    used += nonceBytes
    return drawn.subarray(used - nonceBytes, used)
  }
}

/**
 * The envelope: version (1 byte), purpose (1), key id (8), nonce (12), ciphertext, tag (16); AES-256-GCM. The header,
 * the tenant and the label are authenticated: a value moved to another place, purpose or tenant does not open.
 */
export function createSealer(input: { tenantId: string; purpose: KeyPurpose; dataKey: DataKey }): Sealer {
  const { dataKey, purpose, tenantId } = input
  // Made once: with plain bytes every seal would prepare the key anew, which costs more than the sealing.
  const key = createSecretKey(dataKey.key)
  const nextNonce = createNonces()
  const head = Buffer.concat([Buffer.from([version, keyPurposes.indexOf(purpose)]), dataKey.id])
  const hashKey = Buffer.from(hkdfSync('sha256', dataKey.key, dataKey.id, 'loom/hash', 32))
  const bound = (label: string) => Buffer.concat([head, Buffer.from(`${tenantId}|${label}`)])

  const open = (label: string, sealed: Uint8Array): Buffer => {
    const value = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength)
    try {
      if (value.length < header + nonceBytes + tagBytes || !value.subarray(0, header).equals(head)) {
        throw new Error('not an envelope of this key')
      }
      const body = value.subarray(header + nonceBytes, value.length - tagBytes)
      const decipher = createDecipheriv('aes-256-gcm', key, value.subarray(header, header + nonceBytes))
      decipher.setAAD(bound(label))
      decipher.setAuthTag(value.subarray(value.length - tagBytes))
      return Buffer.concat([decipher.update(body), decipher.final()])
    } catch (cause) {
      throw new LoomError({
        kind: 'corrupt',
        message: 'A stored record cannot be opened with this key.',
        detail: `sealed value at ${label.replace(/:.*/, '')}`,
        cause,
      })
    }
  }

  return {
    seal(label, plain) {
      const nonce = nextNonce()
      const cipher = createCipheriv('aes-256-gcm', key, nonce)
      cipher.setAAD(bound(label))
      return Buffer.concat([head, nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
    },
    open,
    openText: (label, sealed) => open(label, sealed).toString('utf8'),
    hash: (label, text) => createHmac('sha256', hashKey).update(label).update('\0').update(text).digest(),
  }
}
