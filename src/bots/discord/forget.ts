import { Routes } from 'discord.js'
import type { Log, Processor } from '../../core/ports.ts'
import type { Store } from '../../storage/database.ts'
import { listInstallations } from '../../storage/installations/list.ts'
import { createDiscordRest, type DiscordCall } from './rest.ts'

/** The server is gone, or Loom is no longer in it. */
const goneCodes: readonly unknown[] = [10_004, 50_001]

/**
 * Discord is told that an account goes: Loom leaves each of its servers, and takes its commands from one that has its own.
 * What a person installed for themselves only they can take away. Idempotent.
 */
export function createDiscordProcessor(deps: {
  store: Store
  settings: { token: string; applicationId: string; apiUrl: string; guildId: string | undefined }
  log: Log
}): Processor {
  const { log, settings, store } = deps
  const { applicationId, guildId: ownCommandsIn } = settings
  const rest = createDiscordRest({ ...settings, log, now: store.now })

  const mustGo = async (call: DiscordCall): Promise<void> => {
    const outcome = await rest.attempt(call)
    if (!outcome.ok && !goneCodes.includes(outcome.fault.code)) throw outcome.fault.error
  }

  return {
    name: 'discord',
    async forgetTenant({ tenantId }) {
      const context = { tenantId, actor: { kind: 'system' } } as const
      let told = false
      for (const { externalId, kind } of await listInstallations(store, context, { platform: 'discord' })) {
        if (kind !== 'guild') continue
        if (externalId === ownCommandsIn) {
          const route = Routes.applicationGuildCommands(applicationId, externalId)
          await mustGo({ method: 'PUT', route, body: [] })
        }
        await mustGo({ method: 'DELETE', route: Routes.userGuild(externalId) })
        told = true
      }
      return told ? 'told' : 'nothing'
    },
  }
}
