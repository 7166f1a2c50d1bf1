import type { Log } from '../../core/ports.ts'
import type { Store } from '../../storage/database.ts'
import { findInstallation } from '../../storage/installations/find.ts'
import { listInstallations, tenantsOn } from '../../storage/installations/list.ts'
import { revokeInstallation } from '../../storage/installations/revoke.ts'
import type { Shard } from './gateway.ts'
import type { DiscordPlaces, DiscordSource } from './places.ts'
import type { DiscordRest } from './rest.ts'
import { isOfShard } from './shard-of.ts'

interface LeaveDeps {
  store: Store
  log: Log
  places: DiscordPlaces
}

/** Loom was removed from a server, or by a person: jobs stopped, deliveries withdrawn, links closed. Idempotent. */
export async function leave(deps: LeaveDeps, source: DiscordSource): Promise<void> {
  const installed = await findInstallation(deps.store, { platform: 'discord', ...source })
  deps.places.forget(source)
  if (!installed || installed.revoked) return
  const { installationId, tenantId } = installed
  const context = { tenantId, actor: { kind: 'system' } } as const
  const { stopped } = await revokeInstallation(deps.store, context, { installationId })
  deps.log.info({ tenantId, installationId, stopped }, 'an installation was revoked')
}

const noLongerIn: readonly unknown[] = [10_004, 50_001]

/** Without a Gateway nobody says that a server removed Loom: asks whether it did, and then leaves it. */
export async function leaveIfRemoved(
  deps: LeaveDeps & { rest: DiscordRest },
  { guildId }: { guildId: string },
): Promise<void> {
  const asked = await deps.rest.attempt({ method: 'GET', route: `/guilds/${guildId}` })
  if (!asked.ok && noLongerIn.includes(asked.fault.code))
    await leave(deps, { kind: 'guild', externalId: guildId })
}

/**
 * Revokes what was removed while nothing was heard. Of the servers of a shard, those that are not among the ones it begins
 * with are asked for: one may have installed Loom since then.
 */
export async function leaveMissing(
  deps: LeaveDeps & { rest: DiscordRest },
  { guildIds, shard }: { guildIds: ReadonlySet<string>; shard: Shard },
): Promise<void> {
  for (const tenantId of await tenantsOn(deps.store, { platform: 'discord' })) {
    const context = { tenantId, actor: { kind: 'system' } } as const
    for (const { externalId, kind } of await listInstallations(deps.store, context, {
      platform: 'discord',
    })) {
      if (kind !== 'guild' || guildIds.has(externalId) || !isOfShard(externalId, shard)) continue
      await leaveIfRemoved(deps, { guildId: externalId })
    }
  }
}
