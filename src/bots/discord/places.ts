import type { APIInteraction } from 'discord.js'
import { LoomError } from '../../core/errors.ts'
import type { InstallationSettings } from '../../core/installation.ts'
import type { InstallationKind } from '../../core/words.ts'
import type { Store } from '../../storage/database.ts'
import { findInstallation, loadInstallation } from '../../storage/installations/find.ts'
import { installationVersion } from '../../storage/installations/version.ts'
import { type Found, keepPlaces } from '../keep-places.ts'

/** Where a verified message or interaction came from. */
export interface DiscordPlace {
  tenantId: string
  installationId: string
  settings: InstallationSettings
  botUserId: string
  appId: string
  /** Missing where Loom is installed by a person, for wherever they go. */
  guildId: string | undefined
}

/** What Discord vouched for: a server, or a person. */
export type DiscordSource = { kind: 'guild' | 'user'; externalId: string }

/** What an installation of ours stands for. */
export function sourceOf(
  installed: { kind: InstallationKind; externalId: string } | undefined,
): DiscordSource | undefined {
  if (installed?.kind !== 'guild' && installed?.kind !== 'user') return undefined
  return { kind: installed.kind, externalId: installed.externalId }
}

export interface DiscordPlaces {
  find(source: DiscordSource): Promise<DiscordPlace | undefined>
  /**
   * The place of an interaction, by what Discord says authorized it and by nothing else in it. Throws `forbidden` with
   * the sentence for the person where Loom is not installed.
   */
  placeOf(interaction: APIInteraction): Promise<DiscordPlace>
  /** Loom was let into a server: it is ours from now on, where this Loom has one operator. */
  joined(source: DiscordSource): Promise<void>
  forget(source: Pick<DiscordSource, 'externalId'>): void
}

interface Adopting {
  /** Makes a server or person ours that came without a link, where this Loom has one operator and may. */
  adopt?: (source: DiscordSource, how: { again: boolean }) => Promise<boolean>
  installUrl: string | undefined
  self: () => { botUserId: string; appId: string }
}

/** Finds tenant and installation behind a server or person. */
export function createPlaces(deps: { store: Store } & Adopting): DiscordPlaces {
  const { store } = deps

  const open = async (source: DiscordSource): Promise<Found<DiscordPlace> | undefined> => {
    const installed = await findInstallation(store, { platform: 'discord', ...source })
    if (!installed || installed.revoked) return undefined
    const { installationId, tenantId } = installed
    const context = { tenantId, actor: { kind: 'system' } } as const
    const version = await installationVersion(store, context, { installationId })
    if (version === undefined) return undefined
    const now = await loadInstallation(store, context, { installationId })
    const { settings } = now ?? installed
    const guildId = source.kind === 'guild' ? source.externalId : undefined
    return { version, place: { tenantId, installationId, settings, guildId, ...deps.self() } }
  }

  const keyOf = ({ externalId, kind }: DiscordSource) => `${kind}:${externalId}`
  const kept = keepPlaces<DiscordSource, DiscordPlace>(deps, { keyOf, open })
  const forget: DiscordPlaces['forget'] = ({ externalId }) =>
    kept.forget((key) => key.endsWith(`:${externalId}`))

  const find = async (source: DiscordSource, how: { again: boolean }) => {
    const found = await kept.placeOf(source)
    if (found || !(await deps.adopt?.(source, how))) return found
    forget(source)
    return kept.placeOf(source)
  }

  return {
    find: (source) => find(source, { again: false }),
    async placeOf(interaction) {
      const sources = sourcesOf(interaction)
      for (const source of sources) {
        // What Discord says of an interaction is true at this moment: it may be back.
        const found = await find(source, { again: true })
        if (found) return found
      }
      throw notInstalled(sources, deps.installUrl)
    },
    async joined(source) {
      if (deps.adopt) await find(source, { again: true })
    },
    forget,
  }
}

/** The server that installed Loom, where the interaction came from it; then the person. */
function sourcesOf(interaction: APIInteraction): DiscordSource[] {
  const owners: Readonly<Record<string, string | undefined>> = interaction.authorizing_integration_owners
  const [guild, user] = [owners['0'], owners['1']]
  const asker = interaction.member?.user.id ?? interaction.user?.id
  const inGuild = guild !== undefined && guild !== '0' && guild === interaction.guild_id
  return [
    ...(inGuild ? [{ kind: 'guild', externalId: guild } as const] : []),
    ...(user !== undefined && user === asker ? [{ kind: 'user', externalId: user } as const] : []),
    // With the bot in person, which a server has brought near: whoever writes there stands for themselves.
    ...(guild === '0' && asker !== undefined && user === undefined
      ? [{ kind: 'user', externalId: asker } as const]
      : []),
  ]
}

function notInstalled(sources: readonly DiscordSource[], installUrl: string | undefined): LoomError {
  const where = sources.some(({ kind }) => kind === 'guild') ? 'in this server' : 'for you'
  const how = installUrl ? ` Install it at ${installUrl}.` : ' Ask whoever runs this Loom.'
  return new LoomError({
    kind: 'forbidden',
    message: `Loom is not installed ${where} yet.${how}`,
    detail: 'no installation',
  })
}
