import { newSecret } from '../ids.ts'
import { guildPermissions, has, usual } from '../permissions.ts'
import { type Guild, need, type User } from '../world.ts'
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
      const redirect = redirectOf(desk, asked)
      const scopes = (asked.get('scope') ?? '').split(/[ +]/).filter((scope) => scope !== '')
      const guild = installed(desk, who, { asked, scopes, chosen: input.guild?.id })
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
      return backTo(redirect, {
        code,
        state: asked.get('state'),
        guild_id: guild?.id,
        permissions: guild && (asked.get('permissions') ?? '0'),
      })
    },
    /** Presses Cancel there. */
    declines: (authorizeUrl: string): string => {
      const asked = new URL(authorizeUrl).searchParams
      return backTo(asked.get('redirect_uri') ?? 'https://discord.com', {
        error: 'access_denied',
        error_description: 'The resource owner or authorization server denied the request',
        state: asked.get('state'),
      })
    },
    /** Has the app in their own account, or takes it away. */
    installsApp: (installed = true): void => {
      who.hasApp = installed
      world.changed()
    },
  }
}

function redirectOf({ world }: Desk, asked: URLSearchParams): string | null {
  if (asked.get('client_id') !== world.app.id) throw new Error('Unknown Application')
  const redirect = asked.get('redirect_uri')
  if (asked.get('response_type') === 'code' && !redirect) throw new Error('the page names no redirect_uri')
  if (redirect && world.app.redirectUris && !world.app.redirectUris.includes(redirect)) {
    throw new Error('Invalid OAuth2 redirect_uri')
  }
  return redirect
}

/** Puts the app where the page says: into a server, or into the person's own account. */
function installed(
  desk: Desk,
  who: User,
  about: { asked: URLSearchParams; scopes: readonly string[]; chosen: string | undefined },
): Guild | undefined {
  const { asked, chosen, scopes } = about
  if (!scopes.includes('bot') && !scopes.includes('applications.commands')) return undefined
  if (asked.get('integration_type') === '1') {
    who.hasApp = true
    return undefined
  }
  const named = asked.get('guild_id')
  const isFixed = named !== null && asked.get('disable_guild_select') === 'true'
  const guild = need(desk.world.guilds.get((isFixed ? named : (chosen ?? named)) ?? ''), 'guild')
  if (!has(guildPermissions(guild, who.id), 'ManageGuild')) {
    throw new Error(`${who.username} may not add apps to ${guild.name}`)
  }
  const asks = asked.get('permissions')
  if (scopes.includes('bot')) addBot(desk, guild, asks === null ? usual : BigInt(asks))
  guild.hasApp = true
  return guild
}

function backTo(redirect: string, query: Record<string, string | null | undefined>): string {
  const back = new URL(redirect)
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined) back.searchParams.set(name, value)
  }
  return back.href
}
