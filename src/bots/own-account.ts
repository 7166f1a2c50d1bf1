import { userInfo } from 'node:os'
import type { Store } from '../storage/database.ts'
import { type Saving, saveInstallation } from '../storage/installations/save.ts'
import { type Account, openAccount } from '../storage/tenants/create.ts'

/** The one account of a Loom of one's own: this machine's. Whoever can run its commands owns it. */
export const localOwner = {
  platform: 'local',
  kind: 'local',
  externalId: 'this-machine',
  installer: { externalId: 'owner', name: userName() },
} as const

/**
 * Keeps an installation that nobody signed in for, because its token stands in the settings: it belongs to the account of
 * whoever runs this Loom, so that all that stands there, on whatever platform, is one account's. What belongs to another
 * account already stays there. Idempotent.
 */
export async function saveOwnInstallation(store: Store, saving: Omit<Saving, 'tenantId'>): Promise<Account> {
  const { tenantId } = await openAccount(store, localOwner)
  return saveInstallation(store, { ...saving, tenantId, unlessElsewhere: true })
}

function userName(): string {
  try {
    return userInfo().username
  } catch {
    return 'owner'
  }
}
