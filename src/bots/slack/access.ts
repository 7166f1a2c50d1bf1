import type { Store } from '../../storage/database.ts'
import { loadInstallation } from '../../storage/installations/find.ts'
import { openTokens } from '../../storage/installations/tokens.ts'
import type { SlackAccess } from './port/ports.ts'

/** With what an installation posts. Throws `forbidden` when it is gone. */
export async function accessOf(
  store: Store,
  installation: { tenantId: string; installationId: string },
): Promise<SlackAccess> {
  const context = { tenantId: installation.tenantId, actor: { kind: 'system' } } as const
  const [{ botToken }, installed] = await Promise.all([
    openTokens(store, context, installation),
    loadInstallation(store, context, installation),
  ])
  return { botToken, scopes: installed?.scopes ?? [] }
}
