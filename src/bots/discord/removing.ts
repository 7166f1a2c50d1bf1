import type { ChatPorts } from '../../core/chat.ts'
import type { Log } from '../../core/ports.ts'
import type { Store } from '../../storage/database.ts'
import { loadInstallation } from '../../storage/installations/find.ts'
import { createDiscordPorts } from './port/ports.ts'
import { createDiscordRest } from './rest.ts'
import { createSelf } from './self.ts'

/** Discord's ports for a process that hears nothing there. */
export function createRemovingPorts(deps: {
  store: Store
  settings: { token: string; applicationId: string; apiUrl: string }
  log: Log
}): ChatPorts {
  const { log, settings, store } = deps
  const { now } = store
  const rest = createDiscordRest({ ...settings, log, now })
  const self = createSelf({ rest, applicationId: settings.applicationId })
  return createDiscordPorts({
    ...{ rest, log, now },
    selfId: async () => (await self.look()).botUserId,
    async isInstalled({ installationId, tenantId }) {
      const context = { tenantId, actor: { kind: 'system' } } as const
      const found = await loadInstallation(store, context, { installationId })
      return found !== undefined && !found.revoked
    },
  })
}
