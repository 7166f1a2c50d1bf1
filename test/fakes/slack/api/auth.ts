import { z } from 'zod'
import { newSecret } from '../ids.ts'
import type { Install, Team, World } from '../world.ts'
import { flag, method, Refusal, words } from './method.ts'
import { teamsOf } from './places.ts'

const test = method('auth.test', { tier: 'free', args: z.strictObject({}) }, ({ install, team }) => ({
  url: `https://${team.domain}.slack.com/`,
  team: team.name,
  user: team.users.get(install.botUserId)?.name,
  team_id: team.id,
  user_id: install.botUserId,
  bot_id: install.botId,
  ...(team.enterprise ? { enterprise_id: team.enterprise.id } : {}),
  is_enterprise_install: install.enterpriseId !== undefined,
}))

const revoke = method(
  'auth.revoke',
  { tier: 3, args: z.strictObject({ test: flag.optional() }) },
  (call, args) => {
    if (!args.test) revokeToken(call.world, call.install)
    return { revoked: !args.test }
  },
)

/** The token is refused from now on, and the app is told. */
export function revokeToken(world: World, install: Install): void {
  install.state = 'token_revoked'
  const [team] = teamsOf(world, install)
  if (team) world.emit(team, { type: 'tokens_revoked', tokens: { oauth: [], bot: [install.botUserId] } })
}

/** The app is gone from the workspace: both events come, in no certain order. */
export function uninstall(world: World, install: Install, team: Team): void {
  install.state = 'account_inactive'
  world.emit(team, { type: 'tokens_revoked', tokens: { oauth: [], bot: [install.botUserId] } })
  world.emit(team, { type: 'app_uninstalled' })
}

const secrets = { client_id: words, client_secret: words }

export function checkClient(world: World, args: { client_id: string; client_secret: string }): void {
  if (args.client_id !== world.app.clientId) throw new Refusal('invalid_client_id')
  if (args.client_secret !== world.app.clientSecret) throw new Refusal('bad_client_secret')
}

const uninstallApp = method('apps.uninstall', { tier: 1, args: z.strictObject(secrets) }, (call, args) => {
  checkClient(call.world, args)
  uninstall(call.world, call.install, call.team)
  return {}
})

/** Each code is good once, and only for the address that it was asked for. */
const access = method(
  'oauth.v2.access',
  {
    tier: 4,
    auth: 'client',
    args: z.strictObject({ ...secrets, code: words, redirect_uri: words.optional() }),
  },
  ({ world }, args) => {
    checkClient(world, args)
    const code = world.codes.get(args.code)
    if (!code) throw new Refusal('invalid_code')
    if (code.redirectUri !== (args.redirect_uri ?? code.redirectUri)) throw new Refusal('bad_redirect_uri')
    world.codes.delete(args.code)
    const install = code.install()
    const [team] = teamsOf(world, install)
    return {
      access_token: install.botToken,
      token_type: 'bot',
      scope: install.scopes.join(','),
      bot_user_id: install.botUserId,
      app_id: install.appId,
      team: install.enterpriseId || !team ? null : { id: team.id, name: team.name },
      enterprise: team?.enterprise ?? null,
      is_enterprise_install: install.enterpriseId !== undefined,
      authed_user: { id: install.installerId },
    }
  },
)

const openConnection = method(
  'apps.connections.open',
  { tier: 1, auth: 'app', args: z.strictObject({}) },
  ({ world }) => ({
    url: `${world.origin.replace('http', 'ws')}/link/?ticket=${newSecret()}&app_id=${world.app.id}`,
  }),
)

export const auth = [test, revoke, uninstallApp, access, openConnection]
