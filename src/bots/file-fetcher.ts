import type { ObjectStore } from '../core/ports.ts'

/**
 * Brings one attachment into the object store under the key of its hash. Throws `LoomError` with the sentence for the
 * person when the file cannot be had; `retryable` when the platform may give it later.
 */
export type FileFetcher = (input: {
  tenantId: string
  installationId: string
  source: string
  objects: ObjectStore
  key: (sha256: string) => string
  limitBytes: number
  signal: AbortSignal
}) => Promise<{ sha256: string; bytes: number; head: Uint8Array }>
