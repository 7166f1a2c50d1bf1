import type { Clock, Vault } from '../../../core/ports.ts'
import type { KeyPurpose } from '../../../core/words.ts'
import { createVault } from '../vault.ts'
import { createKmsKeys, type KmsKeysDeps } from './kms-keys.ts'

/** The hosted vault: data keys wrapped by KMS. A destroyed tenant is forgotten everywhere within five minutes. */
export function createKmsVault(
  deps: KmsKeysDeps & { now: Clock; purposes?: readonly KeyPurpose[] | undefined },
): Vault {
  const { now, purposes } = deps
  const keys = createKmsKeys(deps)
  return createVault({ keys, root: keys.root, now, ...(purposes ? { purposes } : {}) })
}
