import { newSecret } from '../ids.ts'
import { guildPermissions, has, usual } from '../permissions.ts'
import { need, type User } from '../world.ts'
import type { Desk } from './desk.ts'
import { addBot } from './guild.ts'

/** What somebody does on the install page, and with the app in their own account. */
export function installing(desk: Desk, who: User) {
  const { world } = desk
  return {
    /**
     * Allows what an authorize page asks for: the address to which the browser goes then. With the scope `bot` the
     * app comes into `guild`, for which the person has to manage it.
     */
    approves: (authorizeUrl: string, input: { guild?: { id: string } } = {}): string => {
      const asked = new URL(authorizeUrl).searchParams
      if (asked.get('client_id') !== world.app.id) throw new Error('Unknown Application')
      const scopes = (asked.get('scope') ?? '').split(/[ +]/).filter((scope) => scope !== '')
      const redirect = asked.get('redirect_uri')
      const isCode = asked.get('response_type') === 'code'
      if (isCode && !redirect) throw new Error('the page names no redirect_uri')
      if (redirect && world.app.redirectUris && !world.app.redirectUris.includes(redirect)) {
        throw new Error('Invalid OAuth2 redirect_uri')
      }
      const forUser = asked.get('integration_type') === '1'
      const isInstall = scopes.includes('bot') || scopes.includes('applications.commands')
      const guild =
        isInstall && !forUser ? need(world.guilds.get(askedGuild(asked, input)), 'guild') : undefined
      if (guild && !has(guildPermissions(guild, who.id), 'ManageGuild')) {
        throw new Error(`${who.username} may not add apps to ${guild.name}`)
      }
      const asks = asked.get('permissions')
      if (guild && scopes.includes('bot')) addBot(desk, guild, asks === null ? usual : BigInt(asks))
      if (guild) guild.hasApp = true
      if (isInstall && forUser) who.hasApp = true
      world.changed()
      if (!redirect) return 'https://discord.com/oauth2/authorized'
      const code = newSecret(20)
      world.codes.set(code, {
        userId: who.id,
        scopes,
        guildId: guild?.id,
        redirectUri: redirect,
        untilMs: world.clock.now() + 60_000,
      })
      const back = new URL(redirect)
      back.searchParams.set('code', code)
      const state = asked.get('state')
      if (state !== null) back.searchParams.set('state', state)
      if (guild) {
        back.searchParams.set('guild_id', guild.id)
        back.searchParams.set('permissions', asks ?? '0')
      }
      return back.href
    },
    /** Presses Cancel there. */
    declines: (authorizeUrl: string): string => {
      const asked = new URL(authorizeUrl).searchParams
      const back = new URL(asked.get('redirect_uri') ?? 'https://discord.com')
      back.searchParams.set('error', 'access_denied')
      back.searchParams.set(
        'error_description',
        'The resource owner or authorization server denied the request',
      )
      const state = asked.get('state')
      if (state !== null) back.searchParams.set('state', state)
      return back.href
    },
    /** Has the app in their own account, or takes it away. */
    installsApp: (installed = true): void => {
      who.hasApp = installed
      world.changed()
    },
  }
}

function askedGuild(asked: URLSearchParams, input: { guild?: { id: string } }): string {
  const named = asked.get('guild_id')
  if (named !== null && asked.get('disable_guild_select') === 'true') return named
  return input.guild?.id ?? named ?? ''
}
