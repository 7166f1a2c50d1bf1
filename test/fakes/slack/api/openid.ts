import { z } from 'zod'
import { newSecret } from '../ids.ts'
import type { Team, World } from '../world.ts'
import { checkClient } from './auth.ts'
import { method, Refusal, words } from './method.ts'

/** Somebody who said who they are on Slack's page: the browser goes to the address that comes back. */
export function signIn(world: World, team: Team, input: { authorizeUrl: string; userId: string }): string {
  const url = new URL(input.authorizeUrl)
  const asked = url.searchParams
  if (url.pathname !== '/openid/connect/authorize') throw new Error('this is not the page to sign in on')
  if (asked.get('client_id') !== world.app.clientId) throw new Error('invalid client_id')
  if (asked.get('response_type') !== 'code') throw new Error('invalid response_type')
  if (!(asked.get('scope') ?? '').split(/[ ,]/).includes('openid'))
    throw new Error('openid was not asked for')
  const redirectUri = asked.get('redirect_uri')
  if (!redirectUri) throw new Error('the page names no redirect_uri')
  const code = newSecret()
  const nonce = asked.get('nonce') ?? ''
  world.signIns.codes.set(code, { userId: input.userId, teamId: team.id, nonce, redirectUri })
  const back = new URL(redirectUri)
  back.searchParams.set('code', code)
  back.searchParams.set('state', asked.get('state') ?? '')
  return back.href
}

const token = method(
  'openid.connect.token',
  {
    tier: 'free',
    auth: 'client',
    args: z.strictObject({
      client_id: words,
      client_secret: words,
      code: words,
      redirect_uri: words,
      grant_type: z.literal('authorization_code').optional(),
    }),
  },
  ({ world }, args) => {
    checkClient(world, args)
    const found = world.signIns.codes.get(args.code)
    if (!found) throw new Refusal('invalid_code')
    if (found.redirectUri !== args.redirect_uri) throw new Refusal('bad_redirect_uri')
    world.signIns.codes.delete(args.code)
    const accessToken = `xoxp-${newSecret(12)}`
    world.signIns.people.set(accessToken, found)
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const claims = {
      iss: 'https://slack.com',
      sub: found.userId,
      aud: world.app.clientId,
      nonce: found.nonce,
    }
    const idToken = [part({ alg: 'RS256' }), part(claims), newSecret()].join('.')
    return { access_token: accessToken, token_type: 'Bearer', id_token: idToken }
  },
)

const userInfo = method(
  'openid.connect.userInfo',
  { tier: 'free', auth: 'person', args: z.strictObject({}) },
  ({ token, world }) => {
    const who = world.signIns.people.get(token ?? '')
    if (!who) throw new Refusal('invalid_auth')
    const team = world.teams.get(who.teamId)
    return {
      sub: who.userId,
      'https://slack.com/user_id': who.userId,
      'https://slack.com/team_id': who.teamId,
      ...(team?.enterprise ? { 'https://slack.com/enterprise_id': team.enterprise.id } : {}),
    }
  },
)

export const openid = [token, userInfo]
