import { z } from 'zod'
import { keepFor } from '../../core/keep-for.ts'
import type { Log } from '../../core/ports.ts'
import type { Store } from '../../storage/database.ts'
import { findInstallation } from '../../storage/installations/find.ts'
import { saveInstallation } from '../../storage/installations/save.ts'
import { saveOwnInstallation } from '../own-account.ts'
import type { DiscordSource } from './places.ts'
import type { DiscordRest } from './rest.ts'
import type { DiscordSelf } from './self.ts'
import { snowflake } from './snowflake.ts'

/** In how many servers a person who writes to Loom is looked for. */
const mostLooked = 20
/** How long it is not looked again who of a server's people somebody is. */
const strangerMs = 60_000

/** What is kept of an installation to act with: the bot's token is the same everywhere and stays in the settings. */
export function tokensOf({ appId, botUserId }: Pick<DiscordSelf, 'appId' | 'botUserId'>) {
  return { botToken: '', botUserId, appId }
}

/**
 * A Loom of one's own: servers that invite its bot, and people of theirs who write to it, belong to the operator's
 * own account. Answers whether the source is ours now. One that was revoked comes back only with `again`.
 */
export function createAdopting(deps: {
  store: Store
  rest: DiscordRest
  log: Log
  self: () => Promise<DiscordSelf>
}): (source: DiscordSource, how: { again: boolean }) => Promise<boolean> {
  const { log, rest, store } = deps

  /** The owner of the application is the operator, whose account is one on whatever platform. */
  const operators = async (self: DiscordSelf): Promise<string> => {
    const saved = { platform: 'discord', kind: 'user', externalId: self.owner.externalId } as const
    const known = await findInstallation(store, saved)
    if (known && !known.revoked) return known.tenantId
    const made = { ...saved, tokens: tokensOf(self), scopes: [], installer: self.owner }
    return (await saveOwnInstallation(store, made, { byOperator: true })).tenantId
  }

  const sharesServer = async (userId: string): Promise<boolean> => {
    const guilds = await rest.call({ method: 'GET', route: '/users/@me/guilds', query: { limit: '200' } })
    for (const { id } of guildsShape.parse(guilds).slice(0, mostLooked)) {
      const ours = await findInstallation(store, { platform: 'discord', kind: 'guild', externalId: id })
      if (!ours || ours.revoked) continue
      const member = await rest.attempt({ method: 'GET', route: `/guilds/${id}/members/${userId}` })
      if (member.ok) return true
    }
    return false
  }

  const keepSharing = keepFor<boolean>(strangerMs)

  const adopt = async (source: DiscordSource, { again }: { again: boolean }): Promise<boolean> => {
    const self = await deps.self()
    const known = await findInstallation(store, { platform: 'discord', ...source })
    // Somebody else was adopting it while this one waited.
    if (known && !known.revoked) return true
    if (known && !again) return false
    const isOwner = source.kind === 'user' && source.externalId === self.owner.externalId
    const shares = () => keepSharing(source.externalId, () => sharesServer(source.externalId))
    if (source.kind === 'user' && !isOwner && !(await shares())) return false
    const tenantId = known?.tenantId ?? (await operators(self))
    const { installationId } = await saveInstallation(store, {
      ...{ platform: 'discord', ...source, tenantId, tokens: tokensOf(self), scopes: [] },
      // Nobody signed in for it: the owner of the application answers for it.
      installer: source.kind === 'user' ? { externalId: source.externalId } : self.owner,
    })
    log.info({ tenantId, installationId, kind: source.kind }, 'an installation was adopted')
    return true
  }

  // One after the other: the first of them makes the account.
  let before: Promise<unknown> = Promise.resolve()
  return (source, how) => {
    const work = before.then(() => adopt(source, how))
    before = work.catch(() => undefined)
    return work
  }
}

const guildsShape = z.array(z.object({ id: snowflake }))
