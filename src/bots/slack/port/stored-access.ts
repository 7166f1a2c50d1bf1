import type { Store, TenantContext } from '../../../storage/database.ts'
import { loadInstallation } from '../../../storage/installations/find.ts'
import { openTokens } from '../../../storage/installations/tokens.ts'
import { askerOfThread } from '../../../storage/threads/asker.ts'
import type { SlackPortsDeps } from './ports.ts'

/** What the ports need to know of installations and threads, from the storage. */
export function storedAccess(store: Store): Pick<SlackPortsDeps, 'accessOf' | 'askerOf'> {
  const contextOf = (tenantId: string): TenantContext => ({ tenantId, actor: { kind: 'system' } })
  return {
    async accessOf({ installationId, tenantId }) {
      const context = contextOf(tenantId)
      const [tokens, installed] = await Promise.all([
        openTokens(store, context, { installationId }),
        loadInstallation(store, context, { installationId }),
      ])
      return { botToken: tokens.botToken, scopes: installed?.scopes ?? [] }
    },
    askerOf: ({ tenantId }, thread) => askerOfThread(store, contextOf(tenantId), { thread }),
  }
}
