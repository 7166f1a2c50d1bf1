import { userInfo } from 'node:os'
import type { Store } from '../storage/database.ts'
import { linkIdentities } from '../storage/identities/link.ts'
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
 * account already stays there. `byOperator`: whom the platform calls its installer is that same person. Idempotent.
 */
export async function saveOwnInstallation(
  store: Store,
  saving: Omit<Saving, 'tenantId'>,
  how: { byOperator: boolean } = { byOperator: false },
): Promise<Account> {
  const own = await openAccount(store, localOwner)
  const { tenantId } = own
  const account = await saveInstallation(store, { ...saving, tenantId, unlessElsewhere: true })
  if (how.byOperator && account.tenantId === tenantId) {
    const context = { tenantId, actor: { kind: 'operator' } } as const
    await linkIdentities(store, context, { identityId: account.identityId, sameAsId: own.identityId })
  }
  return account
}

function userName(): string {
  try {
    return userInfo().username
  } catch {
    return 'owner'
  }
}
