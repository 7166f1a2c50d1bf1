import type { Clock, Vault } from '../../core/ports.ts'
import type { KeyPurpose } from '../../core/words.ts'
import { createFileKeys } from './file-keys.ts'
import { createVault } from './vault.ts'

/**
 * The vault of one machine: data keys in files below `directory`, wrapped by the master key. Destroying a tenant's
 * keys is deleting its folder; other processes forget them within five minutes.
 */
export function createFileVault(deps: {
  directory: string
  masterKey: Buffer
  now: Clock
  purposes?: readonly KeyPurpose[]
}): Vault {
  const { directory, masterKey, ...rest } = deps
  return createVault({
    keys: createFileKeys({ directory, masterKey }),
    root: async () => masterKey,
    ...rest,
  })
}
