import { LoomError } from '../../core/errors.ts'
import type { KeyPurpose } from '../../core/words.ts'
import type { DataKey } from './envelope.ts'

/** Where data keys lie, wrapped so that the place alone opens nothing. Keeps nothing in memory. */
export interface WrappedKeys {
  /** Makes a key where there is none. The first writer wins, and a key is never replaced. */
  create(tenantId: string, purpose: KeyPurpose): Promise<void>
  /**
   * Throws `not_found` when the key was destroyed or never made, `unavailable` (retryable) when it cannot be read
   * now, `corrupt` when it is there and does not open.
   */
  open(tenantId: string, purpose: KeyPurpose): Promise<DataKey>
  /** Deletes all keys of the tenant, for ever. Deleting what is not there is fine. */
  destroy(tenantId: string): Promise<void>
  /** The tenants that have keys here. */
  tenants(): Promise<string[]>
}

const tenantPattern = /^[0-9a-f-]{36}$/

export function isTenant(name: string): boolean {
  return tenantPattern.test(name)
}

/** The name of a tenant's place among the keys; what is no tenant's id has none. */
export function tenantFolder(tenantId: string): string {
  if (tenantPattern.test(tenantId)) return tenantId
  throw new LoomError({ kind: 'invalid_input', message: 'No such account.' })
}

export function keysGone(cause?: unknown): LoomError {
  return new LoomError({ kind: 'not_found', message: 'The keys of this account are gone.', cause })
}
