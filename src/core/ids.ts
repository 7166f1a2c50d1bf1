import { randomFillSync } from 'node:crypto'

export type NewId = () => string

const idBytes = 16

/** Random bytes by the hundred ids: asking the system for each one costs more than the rest of an id. None is given twice. */
function createRandom(fill: (bytes: Uint8Array) => void): () => Buffer {
  const drawn = Buffer.alloc(idBytes * 256)
  let used = drawn.length
  return () => {
    if (used === drawn.length) {
      fill(drawn)
      used = 0
    }
    used += idBytes
    return drawn.subarray(used - idBytes, used)
  }
}

/**
 * UUIDv7 (RFC 9562): 48 bits of milliseconds, then random. Sorts by time across processes to the millisecond and
 * tells nobody how many rows there are.
 */
export function createIds(deps: { now: () => number; random?: (bytes: Uint8Array) => void }): NewId {
  const next = createRandom(deps.random ?? ((bytes) => void randomFillSync(bytes)))
  return () => {
    const bytes = next()
    bytes.writeUIntBE(Math.floor(deps.now()), 0, 6)
    bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70
    bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
    const hex = bytes.toString('hex')
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
  }
}
