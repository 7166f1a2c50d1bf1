import { randomBytes } from 'node:crypto'
import { csrfCookie } from '../../core/csrf-cookie.ts'
import { LoomError, toLoomError } from '../../core/errors.ts'
import { page } from '../../core/page.ts'
import type { Log } from '../../core/ports.ts'
import { createSeals } from '../../core/seals.ts'
import type { Store } from '../../storage/database.ts'
import { saveInstallation } from '../../storage/installations/save.ts'
import type { Authorizer } from './authorize.ts'
import { createSlackClient } from './clients.ts'
import { installedOf, type OAuthAnswer } from './oauth-answer.ts'
import { openState, sealState } from './oauth-state.ts'
import { slackCode } from './read/faults.ts'
import { missingScopes, scopeNames } from './scopes.ts'

const stateMs = 10 * 60_000
const linkMs = 24 * 60 * 60_000
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
  /** A link to `/slack/install` that binds the workspace to an account; good for a day. */
  linkFor(tenantId: string): string
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
}): SlackInstall {
  const { oauth, publicUrl, store } = deps
  const seals = createSeals(deps.key)
  const used = new Map<string, number>()
  const redirectUri = `${publicUrl}/slack/oauth_redirect`
  const begin = `${publicUrl}/slack/install`
  /** Nothing for what came by an account's link: a beginning without it would make an account of its own. */
  const againOf = (tenantId: string | undefined): Link | undefined =>
    tenantId ? undefined : { href: begin, words: 'Begin again' }
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

  const tenantIn = (link: string): string | undefined => {
    const [tenantId, untilMs] = seals.open('link', link) ?? []
    return tenantId && Number(untilMs) > store.now() ? tenantId : undefined
  }

  const exchange = async (code: string): Promise<OAuthAnswer> => {
    const client = createSlackClient({ apiUrl: deps.apiUrl, log: deps.log })
    const { clientId: client_id, clientSecret: client_secret } = oauth
    const answer = await client.oauth.v2.access({ client_id, client_secret, code, redirect_uri: redirectUri })
    return installedOf(answer)
  }

  return {
    linkFor: (tenantId) => `${begin}?for=${seals.seal('link', [tenantId, String(store.now() + linkMs)])}`,
    async begin(request) {
      const link = new URL(request.url).searchParams.get('for')
      const tenantId = link === null ? undefined : tenantIn(link)
      if (link !== null && !tenantId) return outdated()
      const nonce = randomBytes(18).toString('base64url')
      const to = new URL('/oauth/v2/authorize', deps.apiUrl)
      to.searchParams.set('client_id', oauth.clientId)
      to.searchParams.set('scope', scopeNames.join(','))
      to.searchParams.set('redirect_uri', redirectUri)
      to.searchParams.set('state', sealState(seals, { nonce, issuedAtMs: store.now(), tenantId }))
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
        return outdated(againOf(state?.tenantId))
      const again = againOf(state.tenantId)
      const headers = { 'set-cookie': cookie.clear() }
      if (asked.get('error') !== null || !asked.get('code')) return denied(again, headers)
      try {
        const answer = await exchange(asked.get('code') ?? '')
        await saveInstallation(store, {
          ...{ platform: 'slack', kind: answer.kind, externalId: answer.externalId },
          ...{ tokens: answer.tokens, scopes: answer.scopes, installer: { externalId: answer.installerId } },
          ...(state.tenantId ? { tenantId: state.tenantId } : {}),
        })
        deps.authorizer.forget(answer)
        return welcome({ answer, headers })
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

function welcome({ answer, headers }: { answer: OAuthAnswer; headers: Record<string, string> }): Response {
  const missing = missingScopes(answer.scopes)
  const sentences = [
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
