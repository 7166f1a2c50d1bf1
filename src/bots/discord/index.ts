import type { APIInteraction } from 'discord.js'
import type { Links } from '../../core/links.ts'
import type { Log } from '../../core/ports.ts'
import type { Lane } from '../../core/words.ts'
import type { Store } from '../../storage/database.ts'
import { loadInstallation } from '../../storage/installations/find.ts'
import { askerOf } from '../../storage/threads/asker.ts'
import { createGone } from '../gone.ts'
import { createInTurn } from '../in-turn.ts'
import type { InstallLinks } from '../install/links.ts'
import { persist } from '../persist.ts'
import type { ChatPlatform } from '../platform.ts'
import { createAdopting } from './adopt.ts'
import { createAnswering } from './answering.ts'
import { createChannels } from './channels.ts'
import { createGateway } from './gateway.ts'
import { loomCommands } from './hear/commands.ts'
import { hearInteraction } from './hear/index.ts'
import { createTurns } from './hear/turns.ts'
import { createDiscordHttp } from './http.ts'
import { createDiscordInstall } from './install.ts'
import { leaveIfRemoved } from './leave.ts'
import { createListener } from './listen.ts'
import { createPlaces, sourceOf } from './places.ts'
import { openDirect } from './port/direct.ts'
import { createDiscordPorts } from './port/ports.ts'
import { createFileFetcher } from './read/fetch-file.ts'
import { createThreadReader } from './read/thread.ts'
import { registerCommands } from './register.ts'
import { createDiscordRest } from './rest.ts'
import { createBotRoles } from './roles.ts'
import { createSelf, type DiscordSelf, lookAtSelf } from './self.ts'
import { createDiscordSignIn } from './sign-in.ts'
import { createStrangers } from './strangers.ts'
import { discordTaking } from './take/inform.ts'
import { createMessages } from './take/messages.ts'
import { createUnderWay } from './under-way.ts'
import { createUploadLimits } from './upload-limits.ts'

export { inviteUrl } from './install.ts'

/** How this Loom stands in Discord; the same as the settings' own shape. */
export interface DiscordSettings {
  token: string
  applicationId: string
  publicKey: string | undefined
  clientSecret: string | undefined
  guildId: string | undefined
  shards: 'auto' | { first: number; last: number; of: number }
  apiUrl: string
}

export interface DiscordDeps {
  store: Store
  ring: (lane: Lane) => void
  log: Log
  settings: DiscordSettings
  publicUrl: string
  /** Signs what goes to Discord and back while a server installs. */
  installKey: Buffer
  /** By which an account that is there already gets another server. */
  installLinks?: InstallLinks
  exportLinks?: Links
  /** This Loom is one operator's own: whoever invites its bot belongs to their account. */
  adopts: boolean
  /** Sessions of the Gateway begin without waiting for each other: for servers that are not Discord's. */
  atOnce?: boolean
}

/** Whose the token is, and what Discord lets it do; for the doctor. Throws in words. */
export async function askSelf(
  settings: Pick<DiscordSettings, 'token' | 'applicationId' | 'apiUrl'>,
  log: Log,
): Promise<DiscordSelf> {
  return lookAtSelf(createDiscordRest({ ...settings, log, now: Date.now }), settings)
}

/** The Discord side of one process: what it hears, how it reads, how it is installed. */
export function createDiscord(deps: DiscordDeps): ChatPlatform {
  const { log, publicUrl, settings, store } = deps
  const { apiUrl, applicationId, publicKey, token } = settings
  const closing = new AbortController()
  const rest = createDiscordRest({ token, apiUrl, log, now: store.now })
  const self = createSelf({ rest, applicationId })
  const installUrl = settings.clientSecret ? `${publicUrl}/discord/install` : undefined
  const places = createPlaces({
    ...{ store, installUrl, self: self.ids },
    ...(deps.adopts ? { adopt: createAdopting({ store, rest, log, self: self.look }) } : {}),
  })
  const channels = createChannels({ rest })
  const roles = createBotRoles({ self: self.ids })
  const sees = () => (publicKey ? 'interactions' : self.readsMessages() ? 'all' : 'addressed')
  const taking = { ...deps, ...discordTaking({ store, sees }) }
  const underWay = createUnderWay()
  const hearing = {
    ...taking,
    placeOf: places.placeOf,
    async openDirect(userId: string) {
      const opened = await openDirect(rest, userId)
      if ('fault' in opened) throw opened.fault.error
      return { channelId: opened.channel }
    },
    forget: ({ guildId }: { guildId?: string | undefined }) => places.forget({ externalId: guildId ?? '' }),
    readsMessages: self.readsMessages,
    turns: createTurns(),
  }
  const uploads = createUploadLimits({ now: store.now })
  // Acknowledged at once: nothing is looked at before.
  const hear = (interaction: APIInteraction): void => {
    uploads.heard(interaction)
    underWay.add(hearInteraction(hearing, { interaction, answering: createAnswering({ rest }, interaction) }))
  }
  const installed = ({ installationId, tenantId }: { tenantId: string; installationId: string }) =>
    loadInstallation(store, { tenantId, actor: { kind: 'system' } }, { installationId })
  const inTurn = createInTurn({ log })
  const gone = createGone({ store, log, platform: 'discord' })
  const messages = createMessages({
    ...{ ...taking, channels, places, self: self.ids, botRoleOf: roles.of },
    sayStranger: createStrangers({ rest, log, now: store.now, installUrl }),
  })
  const listener = createListener({ store, log, rest, places, channels, messages, roles, inTurn, gone, hear })
  const http = publicKey ? createDiscordHttp({ publicKey, now: store.now, hear }) : undefined
  const gateway = publicKey
    ? undefined
    : createGateway({
        ...{ token, apiUrl, log, shards: settings.shards, atOnce: deps.atOnce ?? false },
        content: { asked: self.readsMessages, refused: self.mayNotRead },
        hear: listener.hear,
        begun: listener.begun,
      })
  const install = settings.clientSecret
    ? createDiscordInstall({
        ...{ store, log, places, apiUrl, publicUrl, self: self.ids, key: deps.installKey },
        links: deps.installLinks,
        oauth: { clientId: applicationId, clientSecret: settings.clientSecret },
      })
    : undefined

  return {
    platform: 'discord',
    handlers: {
      ...(http ? { '/discord/interactions': { method: 'POST', answer: http.handle } as const } : {}),
      ...(install
        ? {
            '/discord/install': { method: 'GET', answer: install.begin } as const,
            '/discord/oauth_redirect': { method: 'GET', answer: install.end } as const,
          }
        : {}),
    },
    fetchFile: createFileFetcher({ rest, apiUrl }),
    readThread: createThreadReader({ store, rest, channels, self: self.ids, botRoleOf: roles.of }),
    ports: createDiscordPorts({
      rest,
      selfId: async () => (await self.look()).botUserId,
      isInstalled: async (installation) => {
        const found = await installed(installation)
        return found !== undefined && !found.revoked
      },
      uploadLimitOf: async (installation) => {
        const source = sourceOf(await installed(installation))
        return source && { bytes: uploads.of(source), refused: () => uploads.refused(source) }
      },
      askerOf: ({ tenantId }, thread) => askerOf(store, { tenantId, actor: { kind: 'system' } }, { thread }),
      gone,
      shutOut: async (installation) => {
        const source = http && sourceOf(await installed(installation))
        if (source?.kind === 'guild')
          await leaveIfRemoved({ store, log, rest, places }, { guildId: source.externalId })
      },
      log,
      now: store.now,
    }),
    install,
    signIn: settings.clientSecret
      ? createDiscordSignIn({
          ...{ rest, apiUrl, publicUrl },
          oauth: { clientId: applicationId, clientSecret: settings.clientSecret },
        })
      : undefined,
    async start() {
      await persist({ log, signal: closing.signal, platform: 'Discord' }, async () => {
        await self.look()
        const { guildId } = settings
        await registerCommands({ rest, log }, { applicationId, guildId, commands: loomCommands() })
        await gateway?.start()
      })
    },
    async close() {
      closing.abort()
      http?.close()
      await gateway?.close()
      await Promise.all([underWay.settled(), inTurn.close(), listener.close()])
    },
  }
}
