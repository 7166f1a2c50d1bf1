import { z } from 'zod'
import { LoomError } from '../../core/errors.ts'
import type { Log } from '../../core/ports.ts'
import type { SignIn } from '../../core/sign-in.ts'
import { parseThreadId, type ThreadId } from '../../core/thread-id.ts'
import type { Store } from '../../storage/database.ts'
import { loadInstallation } from '../../storage/installations/find.ts'
import { spokeIn } from '../../storage/threads/spoke-in.ts'
import { createSlackClient, type SlackClients, type SlackSide } from './clients.ts'
import { fromSlack, slackCode } from './read/faults.ts'

interface Somebody {
  userId: string
  /** Their own workspace, and its organisation where there is one. */
  places: readonly string[]
}

/** Signing in with Slack (OpenID Connect), with the scope that tells who somebody is and nothing else of them. */
export function createSlackSignIn(deps: {
  store: Store
  clients: SlackClients
  log: Log
  oauth: { clientId: string; clientSecret: string }
  apiUrl: string
  publicUrl: string
}): SignIn {
  const { apiUrl, clients, oauth, store } = deps
  const redirectUri = `${deps.publicUrl}/slack/signed_in`

  const installed = async (at: { tenantId: string; installationId: string }) => {
    const found = await loadInstallation(store, { tenantId: at.tenantId, actor: { kind: 'system' } }, at)
    if (found && !found.revoked) return found
    throw new LoomError({ kind: 'not_found', message: 'Loom is no longer installed there.' })
  }

  return {
    async address({ nonce, state, ...at }) {
      const { externalId, kind } = await installed(at)
      const to = new URL('/openid/connect/authorize', apiUrl)
      to.searchParams.set('response_type', 'code')
      to.searchParams.set('scope', 'openid')
      to.searchParams.set('client_id', oauth.clientId)
      to.searchParams.set('redirect_uri', redirectUri)
      to.searchParams.set('state', state)
      to.searchParams.set('nonce', nonce)
      if (kind === 'team') to.searchParams.set('team', externalId)
      return to
    },
    async mayRead({ code, nonce, thread, ...at }) {
      const { externalId } = await installed(at)
      const who = await whoIs(deps, { code, nonce, redirectUri })
      const side = await clients.sideOf(at)
      const context = { tenantId: at.tenantId, actor: { kind: 'system' } } as const
      const { channel } = parseThreadId(thread)
      if (isDirect(channel)) return spoke(store, context.tenantId, thread, who)
      const home = who.places.includes(externalId)
      if (home && (await isForAll(side, { channel, userId: who.userId }))) return true
      return isMember(side, {
        channel,
        userId: who.userId,
        instead: () => spoke(store, at.tenantId, thread, who),
      })
    },
  }
}

const tokenShape = z.object({ access_token: z.string().min(1), id_token: z.string().min(1) })
const claimsShape = z.object({ nonce: z.string(), aud: z.string() })
const personShape = z.object({
  'https://slack.com/user_id': z.string().min(1),
  'https://slack.com/team_id': z.string().min(1),
  'https://slack.com/enterprise_id': z.string().optional(),
})

/** The token comes from Slack itself over TLS, so its claims are read without a look at the signature (OpenID Connect Core, 3.1.3.7). */
async function whoIs(
  deps: { log: Log; apiUrl: string; oauth: { clientId: string; clientSecret: string } },
  input: { code: string; nonce: string; redirectUri: string },
): Promise<Somebody> {
  const { clientId, clientSecret } = deps.oauth
  const { code, redirectUri } = input
  const asked = createSlackClient(deps)
  try {
    const given = await asked.openid.connect.token({
      client_id: clientId,
      client_secret: clientSecret,
      ...{ code, redirect_uri: redirectUri },
    })
    const { access_token: token, id_token: idToken } = tokenShape.parse(given)
    const claims = Buffer.from(idToken.split('.')[1] ?? '', 'base64url').toString('utf8')
    const { aud, nonce } = claimsShape.parse(JSON.parse(claims))
    if (nonce !== input.nonce || aud !== clientId) throw notSignedIn('the token is not for this sign-in')
    const person = personShape.parse(await createSlackClient({ ...deps, token }).openid.connect.userInfo())
    const { 'https://slack.com/enterprise_id': organisation, 'https://slack.com/team_id': team } = person
    const places = [team, ...(organisation ? [organisation] : [])]
    return { userId: person['https://slack.com/user_id'], places }
  } catch (thrown) {
    if (thrown instanceof LoomError) throw thrown
    if (thrown instanceof z.ZodError || thrown instanceof SyntaxError)
      throw notSignedIn('not an OpenID answer')
    const error = fromSlack(thrown)
    throw error.retryable ? error : notSignedIn(slackCode(thrown) ?? error.detail)
  }
}

function notSignedIn(detail: string | undefined): LoomError {
  const message = 'Slack did not say who you are. Open the link in the thread again.'
  return new LoomError({ kind: 'forbidden', message, ...(detail === undefined ? {} : { detail }) })
}

/** A conversation with Loom alone: it has no list of members that Loom may read. */
function isDirect(channel: string): boolean {
  return channel.startsWith('D')
}

function spoke(store: Store, tenantId: string, thread: ThreadId, { userId }: Somebody): Promise<boolean> {
  const context = { tenantId, actor: { kind: 'system' } } as const
  return spokeIn(store, context, { thread, platform: 'slack', externalId: userId })
}

/** A public channel is for the whole workspace, but not for its guests. */
async function isForAll(side: SlackSide, at: { channel: string; userId: string }): Promise<boolean> {
  try {
    const [{ channel }, { user }] = await Promise.all([
      side.client.conversations.info({ channel: at.channel }),
      side.client.users.info({ user: at.userId }),
    ])
    const isPublic = channel?.is_channel === true && channel.is_private === false
    return isPublic && user?.deleted !== true && user?.is_restricted !== true && user?.is_stranger !== true
  } catch (thrown) {
    const error = fromSlack(thrown)
    if (error.retryable) throw error
    return false
  }
}

const mostPages = 50

/** Where Loom may not read who is in a channel, whoever has written in the thread is. */
async function isMember(
  side: SlackSide,
  at: { channel: string; userId: string; instead: () => Promise<boolean> },
): Promise<boolean> {
  let cursor = ''
  try {
    for (let count = 0; count < mostPages; count += 1) {
      const answer = await side.client.conversations.members({ channel: at.channel, limit: 1_000, cursor })
      if (answer.members?.includes(at.userId)) return true
      cursor = answer.response_metadata?.next_cursor ?? ''
      if (cursor === '') return false
    }
    return false
  } catch (thrown) {
    if (slackCode(thrown) === 'missing_scope') return at.instead()
    const error = fromSlack(thrown)
    if (error.retryable) throw error
    return false
  }
}
