import { createPublicKey, type KeyObject, verify } from 'node:crypto'

/** How old a signed request may be, and how far ahead its clock. */
const mostAgeMs = 5 * 60_000
/** What stands before the 32 bytes of an Ed25519 key in its DER. */
const derHead = Buffer.from('302a300506032b6570032100', 'hex')

/** The key with which Discord signs what it sends to this application: 64 hexadecimal digits. */
export function publicKeyOf(hex: string): KeyObject {
  return createPublicKey({
    key: Buffer.concat([derHead, Buffer.from(hex, 'hex')]),
    format: 'der',
    type: 'spki',
  })
}

/** Whether Discord signed this very body, just now. */
export function isSigned(
  deps: { key: KeyObject; now: () => number },
  { body, headers }: { body: string; headers: Headers },
): boolean {
  const signature = headers.get('x-signature-ed25519')
  const timestamp = headers.get('x-signature-timestamp')
  if (!signature || !/^[0-9a-f]{128}$/i.test(signature)) return false
  if (!timestamp || !/^\d{1,12}$/.test(timestamp)) return false
  if (Math.abs(deps.now() - Number(timestamp) * 1_000) > mostAgeMs) return false
  return verify(null, Buffer.from(timestamp + body), deps.key, Buffer.from(signature, 'hex'))
}
