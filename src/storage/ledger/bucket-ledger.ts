import type { LedgerPlace } from '../../core/ports.ts'
import type { KeysBucket } from '../vault/kms/keys-bucket.ts'

/** The ledger in the bucket of the keys, below `ledger/`: what is written there first stays. */
export function createBucketLedger(deps: { bucket: KeysBucket }): LedgerPlace {
  const nameOf = (seq: number) => `ledger/${String(seq).padStart(12, '0')}.json`
  return {
    read: (seq) => deps.bucket.read(nameOf(seq)),
    writeFirst: (seq, body) => deps.bucket.writeFirst(nameOf(seq), body),
  }
}
