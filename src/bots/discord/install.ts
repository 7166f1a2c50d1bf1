import { OAuth2Scopes, PermissionFlagsBits } from 'discord.js'
import { z } from 'zod'
import { LoomError } from '../../core/errors.ts'
import type { Log } from '../../core/ports.ts'
import type { Store } from '../../storage/database.ts'
import { finishInstall } from '../install/finish.ts'
import { createInstallFlow, type InstallFlow } from '../install/flow.ts'
import type { InstallLinks } from '../install/links.ts'
import { tokensOf } from './adopt.ts'
import { exchangeCode, whoIs } from './oauth.ts'
import type { DiscordPlaces } from './places.ts'
import { snowflake } from './snowflake.ts'

const {
  AttachFiles,
  CreatePublicThreads,
  EmbedLinks,
  ReadMessageHistory,
  SendMessages,
  SendMessagesInThreads,
  ViewChannel,
} = PermissionFlagsBits

/** What Loom asks of a server: to see, to answer in threads, to bring files. */
export const botPermissions =
  ViewChannel |
  SendMessages |
  CreatePublicThreads |
  SendMessagesInThreads |
  ReadMessageHistory |
  EmbedLinks |
  AttachFiles

/** Where somebody invites the bot of an operator who needs no link of Loom's own. */
export function inviteUrl({ apiUrl, applicationId }: { apiUrl: string; applicationId: string }): URL {
  const to = new URL('/oauth2/authorize', apiUrl)
  to.searchParams.set('client_id', applicationId)
  to.searchParams.set('scope', `${OAuth2Scopes.Bot} ${OAuth2Scopes.ApplicationsCommands}`)
  to.searchParams.set('permissions', botPermissions.toString())
  return to
}

const guildShape = z.object({ id: snowflake, name: z.string().default('your server') })

/**
 * How servers, and people for themselves (`?to=me`), install Loom: by OAuth, as `InstallFlow` says. Only the server that
 * Discord names in its answer is kept, and nothing that a browser says.
 */
export function createDiscordInstall(deps: {
  store: Store
  log: Log
  places: DiscordPlaces
  self: () => { botUserId: string; appId: string }
  oauth: { clientId: string; clientSecret: string }
  apiUrl: string
  publicUrl: string
  key: Buffer
  links: Pick<InstallLinks, 'open'> | undefined
}): InstallFlow {
  const { oauth, publicUrl, store } = deps

  return createInstallFlow(
    { log: deps.log, now: store.now, publicUrl, key: deps.key, links: deps.links },
    {
      path: 'discord',
      words: { platform: 'Discord', whole: 'server' },
      authorizeUrl({ asked, redirectUri, state }) {
        const forMe = asked.get('to') === 'me'
        const scopes = [OAuth2Scopes.ApplicationsCommands, OAuth2Scopes.Identify, ...(forMe ? [] : ['bot'])]
        const to = new URL('/oauth2/authorize', deps.apiUrl)
        const query = {
          ...{ client_id: oauth.clientId, response_type: 'code', redirect_uri: redirectUri, state },
          scope: scopes.join(' '),
          integration_type: forMe ? '1' : '0',
          ...(forMe ? {} : { permissions: botPermissions.toString() }),
        }
        for (const [name, value] of Object.entries(query)) to.searchParams.set(name, value)
        return to
      },
      async complete({ code, link, redirectUri }) {
        const { accessToken, guild } = await exchangeCode(deps, { code, redirectUri })
        const installer = await whoIs(deps, accessToken)
        const server = guildShape.safeParse(guild).data
        if (guild !== undefined && !server) throw incomplete()
        const source = server
          ? ({ kind: 'guild', externalId: server.id } as const)
          : ({ kind: 'user', externalId: installer.externalId } as const)
        const saving = { ...source, tokens: tokensOf(deps.self()), scopes: [], installer }
        const { sentences } = await finishInstall(deps, { saving: { platform: 'discord', ...saving }, link })
        deps.places.forget(source)
        const page = welcome(server?.name)
        return { ...page, sentences: [...sentences, ...page.sentences] }
      },
    },
  )
}

function incomplete(): LoomError {
  return new LoomError({
    kind: 'unavailable',
    message: 'Discord’s answer was not complete.',
    detail: 'oauth2/token without what it should have',
  })
}

function welcome(server: string | undefined) {
  if (server === undefined) {
    const title = 'Loom is there for you'
    return { title, sentences: ['Type /loom anywhere in Discord; the answers come to your direct messages.'] }
  }
  return {
    title: `Loom is in ${server}`,
    sentences: [
      'Type /loom brief in a channel, or mention @Loom in a message or a thread and say what you want.',
      'It works in the channels that its role can see. /loom help says what else it can do.',
    ],
  }
}
