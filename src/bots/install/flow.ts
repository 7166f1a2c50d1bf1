import { randomBytes } from 'node:crypto'
import { csrfCookie } from '../../core/csrf-cookie.ts'
import { LoomError, toLoomError } from '../../core/errors.ts'
import { page } from '../../core/page.ts'
import type { Clock, Log } from '../../core/ports.ts'
import { createSeals } from '../../core/seals.ts'
import type { Platform } from '../../core/words.ts'
import type { InstallLink, InstallLinks } from './links.ts'
import { type Link, outdated, refusal } from './refusal.ts'
import { type OAuthState, openState, sealState } from './state.ts'

const stateMs = 10 * 60_000
const mostUsed = 10_000

export interface InstallFlow {
  /** `/<platform>/install`: on to the platform's page of permissions. */
  begin(request: Request): Promise<Response>
  /** `/<platform>/oauth_redirect`: back from there. */
  end(request: Request): Promise<Response>
}

/** What a platform does of its own accord in an installation. */
export interface InstallSteps {
  /** The first part of our paths, as in `slack`. */
  path: Platform
  /** How people call the platform, and what Loom is installed in. */
  words: { platform: string; whole: string }
  /** Its page of permissions. `asked` is what our own address was called with. */
  authorizeUrl(input: { state: string; redirectUri: string; asked: URLSearchParams }): URL
  /** Exchanges the code and keeps what comes of it by `finishInstall`, whose sentences come first on the page. */
  complete(input: {
    code: string
    redirectUri: string
    link: InstallLink | undefined
  }): Promise<{ title: string; sentences: readonly string[] }>
  /** The platform's own code of a failure, for the log. */
  detailOf?(thrown: unknown): string | undefined
}

/**
 * Installs by OAuth. The state is signed, good for ten minutes, bound to the browser that began and to the account
 * whose link it came from, and used once. Tokens go sealed into the storage and nowhere else.
 */
export function createInstallFlow(
  deps: {
    log: Log
    now: Clock
    publicUrl: string
    key: Buffer
    /** Opens what came by the link of an account that is there already. */
    links: Pick<InstallLinks, 'open'> | undefined
  },
  steps: InstallSteps,
): InstallFlow {
  const { now, publicUrl } = deps
  const { path, words } = steps
  const seals = createSeals(deps.key)
  const isFirstUse = onceEach(now)
  const redirectUri = `${publicUrl}/${path}/oauth_redirect`
  const begin = `${publicUrl}/${path}/install`
  const cookie = csrfCookie(publicUrl)
  /** Nothing for what came by an account's link: a beginning without it would make an account of its own. */
  const againOf = (state: OAuthState | undefined): Link | undefined =>
    state?.link ? undefined : { href: begin, words: 'Begin again' }

  return {
    async begin(request) {
      const asked = new URL(request.url).searchParams
      const sealed = asked.get('for')
      const link = sealed === null ? undefined : deps.links?.open(path, sealed)
      if (sealed !== null && !link) return outdated()
      const nonce = randomBytes(18).toString('base64url')
      const state = sealState(seals, { nonce, issuedAtMs: now(), link })
      return new Response(null, {
        status: 302,
        headers: {
          location: steps.authorizeUrl({ state, redirectUri, asked }).href,
          'set-cookie': cookie.set(nonce, stateMs / 1_000),
          'cache-control': 'no-store',
        },
      })
    },
    async end(request) {
      const asked = new URL(request.url).searchParams
      const state = openState(seals, asked.get('state') ?? '')
      const isFresh = state !== undefined && state.issuedAtMs + stateMs > now()
      if (!state || !isFresh || cookie.nonceIn(request.headers) !== state.nonce || !isFirstUse(state.nonce))
        return outdated(againOf(state))
      const about = { status: 200, title: 'Loom was not installed', link: againOf(state) }
      const headers = { 'set-cookie': cookie.clear() }
      const code = asked.get('code')
      if (asked.get('error') !== null || !code) {
        const no = `${words.platform} says that you or your ${words.whole} did not allow it. Loom kept nothing.`
        return refusal({ ...about, sentences: [no], headers })
      }
      try {
        return page({
          status: 200,
          headers,
          ...(await steps.complete({ code, redirectUri, link: state.link })),
        })
      } catch (thrown) {
        const { detail, kind, message } = toLoomError(thrown)
        deps.log.warn({ kind, detail: steps.detailOf?.(thrown) ?? detail }, 'an installation came to nothing')
        const why = thrown instanceof LoomError ? message : `${words.platform} did not complete it.`
        const rest = `Loom kept nothing. ${words.platform} may list it as installed all the same; it does not work until this succeeds.`
        return refusal({ ...about, status: 502, sentences: [why, rest], headers })
      }
    },
  }
}

/** True for the first use of a nonce, for as long as its state is good. */
function onceEach(now: Clock): (nonce: string) => boolean {
  const used = new Map<string, number>()
  return (nonce) => {
    for (const [old, untilMs] of used) {
      if (untilMs > now() && used.size <= mostUsed) break
      used.delete(old)
    }
    if (used.has(nonce)) return false
    used.set(nonce, now() + stateMs)
    return true
  }
}
