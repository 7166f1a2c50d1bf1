import type { Readable } from 'node:stream'
import type { KeyPurpose, Lane } from './words.ts'

export type Clock = () => number

/** Logs carry ids and kinds, never text, names, tokens or paths of people's files. */
export interface Log {
  debug(fields: Record<string, unknown>, message: string): void
  info(fields: Record<string, unknown>, message: string): void
  warn(fields: Record<string, unknown>, message: string): void
  error(fields: Record<string, unknown>, message: string): void
  child(fields: Record<string, unknown>): Log
}

/** What lies in an object store. */
export interface StoredObject {
  key: string
  bytes: number
  storedAtMs: number
  /** Not what stands under the key now: a version that was replaced, or the mark of a deletion. */
  isOld: boolean
}

/**
 * Bytes under keys such as `<tenant>/<job>/blobs/<sha256>`. `put` is atomic and idempotent: a reader sees nothing or
 * everything, and the same key may be put again. A key never leaves its store's root.
 */
export interface ObjectStore {
  put(key: string, body: Uint8Array | Readable, meta: { mediaType: string }): Promise<void>
  /** Throws `not_found`. */
  get(key: string): Promise<Uint8Array>
  stream(key: string): Promise<{ body: Readable; bytes: number }>
  /** Deletes everything under a prefix, all versions. Deleting what is not there is fine. Answers how many went. */
  deletePrefix(prefix: string): Promise<number>
  /** All that lies below a prefix, everything for an empty one; replaced versions too. What comes meanwhile may be missing. */
  list(prefix: string): AsyncIterable<StoredObject>
  /**
   * Removes what is no object and older than `olderThanMs`: uploads that never ended, files half written, versions that
   * were replaced. Answers how many. Idempotent.
   */
  tidy(input: { olderThanMs: number }): Promise<number>
  /** Where the object lies on this machine, if it does. */
  localPath(key: string): string | undefined
  /**
   * An address from which anyone can fetch the object for `ttlMs` without us, always as a download that nobody caches,
   * under the last segment of `fileName`. `undefined` where the store has no addresses of its own.
   */
  presign(
    key: string,
    input: { ttlMs: number; fileName: string; mediaType: string },
  ): Promise<string | undefined>
}

/**
 * Seals and opens one tenant's fields for one purpose (AES-256-GCM). `label` names the place (`messages.body:<id>`)
 * and is authenticated, so that a sealed value moved elsewhere does not open. `open` throws `corrupt`.
 */
export interface Sealer {
  seal(label: string, plain: string | Uint8Array): Buffer
  open(label: string, sealed: Uint8Array): Buffer
  openText(label: string, sealed: Uint8Array): string
  /** A keyed hash, the same for the same text within this tenant, for lookups over sealed values. */
  hash(label: string, text: string): Buffer
}

/** The tenants' data keys. Unwrapped keys live at most five minutes in memory. */
export interface Vault {
  /** Creates the tenant's keys; harmless when they exist. */
  create(tenantId: string): Promise<void>
  /** Throws `forbidden` for a purpose this process may not open, `not_found` when the keys were destroyed. */
  sealer(tenantId: string, purpose: KeyPurpose): Promise<Sealer>
  /** Makes every sealed copy of the tenant unreadable, for ever. */
  destroy(tenantId: string): Promise<void>
  /** The tenants whose keys there are. */
  tenants(): Promise<string[]>
  /** A keyed hash of an outside id for the directory, the same for the whole installation of Loom. */
  directoryHash(kind: string, outsideId: string): Promise<Buffer>
  /** A key derived for one use of Loom's own, such as signing artifact links. */
  derive(use: string): Promise<Buffer>
}

/**
 * The ledger of deletions, outside of every database and its backups: entries numbered from 1, written once and never
 * changed. Holds ids, times and counts.
 */
export interface LedgerPlace {
  read(seq: number): Promise<Uint8Array | undefined>
  /** Answers `false` when somebody was first; what is there stays. */
  writeFirst(seq: number, body: Uint8Array): Promise<boolean>
}

/**
 * Somebody outside who holds something of an account and is told when it goes: a chat platform, a biller, an identity
 * provider. A room that has one brings it to the list in `roles/processors.ts`.
 */
export interface Processor {
  /** One word, for the receipt. */
  readonly name: string
  /** Idempotent. Answers `nothing` where there was nothing to tell. Throws `LoomError`, `retryable` where it may work later. */
  forgetTenant(input: { tenantId: string }): Promise<'told' | 'nothing'>
}

/** The doorbell: says that rows are waiting, never which. Lost and doubled rings are harmless. */
export interface Doorbell {
  /** Rings a lane. Rings of the same moment become one. Never throws: a ring that fails is found in the rows. */
  ring(lane: Lane): void
  /** Calls `answer` for each ring of the lane that reaches this process. */
  answer(lane: Lane, answer: () => unknown): Promise<void>
  close(): Promise<void>
}
