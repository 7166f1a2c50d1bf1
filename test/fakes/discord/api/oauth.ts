import { newSecret } from '../ids.ts'
import { wireSelf } from '../wire/people.ts'
import { wireGuild } from '../wire/places.ts'
import { type Grant, need, type World } from '../world.ts'
import { wireApplication } from './application.ts'
import { Refusal, refused } from './refusal.ts'
import { type Call, route } from './route.ts'

const weekMs = 604_800_000

export const oauthRoutes = [
  route('POST /oauth2/token', token, { auth: 'none' }),
  route('POST /oauth2/token/revoke', revoke, { auth: 'none' }),
  route(
    'GET /oauth2/@me',
    (call) => {
      const { grant, world } = call
      if (!grant) throw refused('unauthorized')
      const { bot_public, bot_require_code_grant, description, icon, id, name, verify_key } =
        wireApplication(world)
      return {
        application: {
          id,
          name,
          icon,
          description,
          hook: true,
          bot_public,
          bot_require_code_grant,
          verify_key,
        },
        scopes: grant.scopes,
        expires: new Date(grant.untilMs).toISOString(),
        ...(grant.scopes.includes('identify') ? { user: selfOf(world, grant) } : {}),
      }
    },
    { auth: 'bearer' },
  ),
  route(
    'GET /users/@me',
    ({ grant, world }) => {
      if (!grant) return wireSelf(need(world.users.get(world.botId), 'user'))
      if (!grant.scopes.includes('identify')) throw refused('unauthorized')
      return selfOf(world, grant)
    },
    { auth: 'either' },
  ),
]

const selfOf = (world: World, grant: Grant) => {
  const { email: _, ...self } = wireSelf(need(world.users.get(grant.userId), 'user'))
  return self
}

/** OAuth's own kind of refusal. */
const oauthError = (status: number, error: string, description?: string) =>
  new Refusal(status, 0, error, { error, ...(description ? { error_description: description } : {}) })

function credentials(call: Call): Record<string, string> {
  const given = (call.body ?? {}) as Record<string, string>
  const id = call.basic?.id ?? given.client_id
  const secret = call.basic?.secret ?? given.client_secret
  if (id !== call.world.app.id || secret !== call.world.app.clientSecret)
    throw oauthError(401, 'invalid_client')
  return given
}

function token(call: Call) {
  const { world } = call
  const given = credentials(call)
  if (given.grant_type === 'refresh_token') {
    const grant = world.refreshes.get(given.refresh_token ?? '')
    if (!grant) throw oauthError(400, 'invalid_grant', 'Invalid "refresh_token" in request.')
    world.refreshes.delete(given.refresh_token ?? '')
    return issue(world, grant)
  }
  if (given.grant_type !== 'authorization_code') throw oauthError(400, 'unsupported_grant_type')
  const grant = world.codes.get(given.code ?? '')
  world.codes.delete(given.code ?? '')
  if (!grant || grant.untilMs < world.clock.now()) {
    throw oauthError(400, 'invalid_grant', 'Invalid "code" in request.')
  }
  if (given.redirect_uri !== grant.redirectUri) {
    throw oauthError(400, 'invalid_grant', 'Invalid "redirect_uri" in request.')
  }
  return issue(world, grant)
}

/** A code is good once; whoever added a bot with it learns to which server. */
function issue(world: World, granted: Grant) {
  const grant = { ...granted, untilMs: world.clock.now() + weekMs }
  const access = newSecret(22)
  const refresh = newSecret(22)
  world.bearers.set(access, grant)
  world.refreshes.set(refresh, grant)
  const guild = world.guilds.get(grant.guildId ?? '')
  return {
    token_type: 'Bearer',
    access_token: access,
    expires_in: weekMs / 1000,
    refresh_token: refresh,
    scope: grant.scopes.join(' '),
    ...(guild && grant.scopes.includes('bot') ? { guild: wireGuild(guild) } : {}),
  }
}

function revoke(call: Call) {
  const given = credentials(call)
  call.world.bearers.delete(given.token ?? '')
  call.world.refreshes.delete(given.token ?? '')
  return {}
}
