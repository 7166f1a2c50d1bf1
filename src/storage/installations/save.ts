import type { ChatTokens } from '../../core/installation.ts'
import type { InstallationKind, Platform } from '../../core/words.ts'
import { audit } from '../audit.ts'
import { inTenant, type Store } from '../database.ts'
import { type Account, openAccount } from '../tenants/create.ts'

export interface Saving {
  platform: Platform
  kind: InstallationKind
  externalId: string
  tokens: ChatTokens
  scopes: readonly string[]
  installer: { externalId: string; name?: string }
  /** The account for which somebody who is signed in installs it; one of its own without it. */
  tenantId?: string
  /** What belongs to another account than that stays there, instead of being refused. */
  unlessElsewhere?: boolean
}

/**
 * Keeps what a platform gave to act with: makes account, keys and owner at first sight; a later one renews tokens and
 * scopes and ends a revocation. Idempotent. Throws `forbidden` where the installation belongs to another account.
 */
export async function saveInstallation(store: Store, input: Saving): Promise<Account> {
  const { scopes, tokens, ...installing } = input
  const account = await openAccount(store, installing)
  const { identityId, installationId: id, tenantId } = account
  const [sealer, chat] = await Promise.all([
    store.vault.sealer(tenantId, 'content'),
    store.vault.sealer(tenantId, 'chat'),
  ])
  const tokensSealed = chat.seal(`installations.tokens:${id}`, JSON.stringify(tokens))
  await inTenant(store, tenantId, async (tx) => {
    await tx.sql`
      update loom.installations
      set tokens_sealed = ${tokensSealed}, scopes = ${scopes as string[]}::text[], revoked_at = null where id = ${id}`
    const context = { tenantId, actor: { kind: 'person', identityId } } as const
    const subject = { subjectKind: 'installation', subjectId: id }
    await audit({ store, tx, sealer }, context, { action: 'installation.save', ...subject })
  })
  return account
}
