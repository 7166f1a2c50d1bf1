import { randomFillSync } from 'node:crypto'

export type NewId = () => string

/**
 * UUIDv7 (RFC 9562): 48 bits of milliseconds, then random. Sorts by time across processes to the millisecond and
 * tells nobody how many rows there are.
 */
export function createIds(deps: { now: () => number; random?: (bytes: Uint8Array) => void }): NewId {
  const fill = deps.random ?? ((bytes: Uint8Array) => void randomFillSync(bytes))
  return () => {
    const bytes = new Uint8Array(16)
    fill(bytes)
    new DataView(bytes.buffer).setBigUint64(
      0,
      (BigInt(deps.now()) << 16n) | BigInt(((bytes[6] ?? 0) << 8) | (bytes[7] ?? 0)),
    )
    bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70
    bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
    const hex = Buffer.from(bytes).toString('hex')
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
  }
}
