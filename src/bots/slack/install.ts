import { randomBytes } from 'node:crypto'
import { csrfCookie } from '../../core/csrf-cookie.ts'
import { LoomError, toLoomError } from '../../core/errors.ts'
import { page } from '../../core/page.ts'
import type { Log } from '../../core/ports.ts'
import { createSeals } from '../../core/seals.ts'
import type { Store } from '../../storage/database.ts'
import { finishInstall } from '../install/finish.ts'
import type { InstallLinks } from '../install/links.ts'
import { type OAuthState, openState, sealState } from '../install/state.ts'
import type { Authorizer } from './authorize.ts'
import { createSlackClient } from './clients.ts'
import { installedOf, type OAuthAnswer } from './oauth-answer.ts'
import { slackCode } from './read/faults.ts'
import { missingScopes, scopeNames } from './scopes.ts'

const stateMs = 10 * 60_000
const mostUsed = 10_000

interface Link {
  href: string
  words: string
}

export interface SlackInstall {
  /** `/slack/install`: on to Slack's page of permissions. */
  begin(request: Request): Promise<Response>
  /** `/slack/oauth_redirect`: back from there. */
  end(request: Request): Promise<Response>
}

/**
 * Installs by OAuth. The state is signed, good for ten minutes, bound to the browser that began and to the account
 * whose link it came from, and used once. Tokens go sealed into the storage and nowhere else.
 */
export function createSlackInstall(deps: {
  store: Store
  log: Log
  authorizer: Authorizer
  oauth: { clientId: string; clientSecret: string }
  apiUrl: string
  publicUrl: string
  key: Buffer
  /** Opens what came by the link of an account that is there already. */
  links: Pick<InstallLinks, 'open'> | undefined
}): SlackInstall {
  const { oauth, publicUrl, store } = deps
  const seals = createSeals(deps.key)
  const used = new Map<string, number>()
  const redirectUri = `${publicUrl}/slack/oauth_redirect`
  const begin = `${publicUrl}/slack/install`
  /** Nothing for what came by an account's link: a beginning without it would make an account of its own. */
  const againOf = (state: OAuthState | undefined): Link | undefined =>
    state?.link ? undefined : { href: begin, words: 'Begin again' }
  const cookie = csrfCookie(publicUrl)

  const isFirstUse = (nonce: string): boolean => {
    const now = store.now()
    for (const [old, untilMs] of used) {
      if (untilMs > now && used.size <= mostUsed) break
      used.delete(old)
    }
    if (used.has(nonce)) return false
    used.set(nonce, now + stateMs)
    return true
  }

  const exchange = async (code: string): Promise<OAuthAnswer> => {
    const client = createSlackClient({ apiUrl: deps.apiUrl, log: deps.log })
    const { clientId: client_id, clientSecret: client_secret } = oauth
    const answer = await client.oauth.v2.access({ client_id, client_secret, code, redirect_uri: redirectUri })
    return installedOf(answer)
  }

  return {
    async begin(request) {
      const sealed = new URL(request.url).searchParams.get('for')
      const link = sealed === null ? undefined : deps.links?.open('slack', sealed)
      if (sealed !== null && !link) return outdated()
      const nonce = randomBytes(18).toString('base64url')
      const to = new URL('/oauth/v2/authorize', deps.apiUrl)
      to.searchParams.set('client_id', oauth.clientId)
      to.searchParams.set('scope', scopeNames.join(','))
      to.searchParams.set('redirect_uri', redirectUri)
      to.searchParams.set('state', sealState(seals, { nonce, issuedAtMs: store.now(), link }))
      return new Response(null, {
        status: 302,
        headers: {
          location: to.href,
          'set-cookie': cookie.set(nonce, stateMs / 1_000),
          'cache-control': 'no-store',
        },
      })
    },
    async end(request) {
      const asked = new URL(request.url).searchParams
      const state = openState(seals, asked.get('state') ?? '')
      const isFresh = state !== undefined && state.issuedAtMs + stateMs > store.now()
      if (!state || !isFresh || cookie.nonceIn(request.headers) !== state.nonce || !isFirstUse(state.nonce))
        return outdated(againOf(state))
      const again = againOf(state)
      const headers = { 'set-cookie': cookie.clear() }
      if (asked.get('error') !== null || !asked.get('code')) return denied(again, headers)
      try {
        const answer = await exchange(asked.get('code') ?? '')
        const { externalId, installerId, kind, scopes, tokens } = answer
        const saving = { kind, externalId, tokens, scopes, installer: { externalId: installerId } }
        const { link } = state
        const { sentences } = await finishInstall(deps, { saving: { platform: 'slack', ...saving }, link })
        deps.authorizer.forget(answer)
        return welcome({ answer, headers, first: sentences })
      } catch (thrown) {
        const { detail, kind, message } = toLoomError(thrown)
        deps.log.warn({ kind, detail: slackCode(thrown) ?? detail }, 'an installation came to nothing')
        const words = thrown instanceof LoomError ? message : 'Slack did not complete it.'
        return failed(again, { words, headers })
      }
    },
  }
}

function outdated(link?: Link): Response {
  const sentences = [
    'It is too old, was used before, or was opened in another browser than the one in which you began.',
  ]
  return refusal({ status: 400, title: 'This link cannot be used', sentences, link })
}

function denied(link: Link | undefined, headers: Record<string, string>): Response {
  const sentences = ['Slack says that you or your workspace did not allow it. Loom kept nothing.']
  return refusal({ status: 200, title: 'Loom was not installed', sentences, link, headers })
}

function failed(link: Link | undefined, input: { words: string; headers: Record<string, string> }): Response {
  const sentences = [
    input.words,
    'Loom kept nothing. Slack may list it as installed all the same; it does not work until this succeeds.',
  ]
  const { headers } = input
  return refusal({ status: 502, title: 'Loom was not installed', sentences, link, headers })
}

/** With the way to begin again: a link, or words where only the link of an account leads there. */
function refusal({
  link,
  sentences,
  ...about
}: Omit<Parameters<typeof page>[0], 'link'> & { link: Link | undefined }): Response {
  if (link) return page({ ...about, sentences, link })
  const byAccount = 'To begin again, open the link that you were given, or ask for a new one.'
  return page({ ...about, sentences: [...sentences, byAccount] })
}

function welcome(input: {
  answer: OAuthAnswer
  headers: Record<string, string>
  first: readonly string[]
}): Response {
  const { answer, first, headers } = input
  const missing = missingScopes(answer.scopes)
  const sentences = [
    ...first,
    'In a channel, invite it with /invite @Loom. Then mention @Loom in a thread and say what you want.',
    'Or write to Loom in a direct message. /loom help says what else it can do.',
    ...(missing.length > 0
      ? [
          `Slack did not grant ${missing.join(', ')}. What needs that does not work until Loom is installed again.`,
        ]
      : []),
  ]
  return page({ status: 200, title: `Loom is in ${answer.name}`, sentences, headers })
}
