import { randomBytes } from 'node:crypto'
import { csrfCookie } from '../core/csrf-cookie.ts'
import { page } from '../core/page.ts'
import type { Clock } from '../core/ports.ts'
import { createSeals } from '../core/seals.ts'
import type { SignIn } from '../core/sign-in.ts'
import { parseThreadId } from '../core/thread-id.ts'
import type { Platform } from '../core/words.ts'
import type { OpenedLink } from './artifact-link.ts'

/** How long somebody may take on the platform's page. */
const stateMs = 10 * 60_000
/** How long whoever came back may take to begin the download. */
const passMs = 60_000

export interface LinkAsked {
  artifactId: string
  key: string
}

export interface SignInGate {
  /** Whether this browser has just shown that it may open the file. */
  admits(request: Request, asked: LinkAsked): boolean
  /** Sends the browser to say who it is; 401 in words where the thread's platform cannot be asked. */
  ask(asked: LinkAsked & { opened: OpenedLink }): Promise<Response>
  /** A browser that comes back from a platform. `open` looks at the link once more. */
  back(
    platform: Platform,
    request: Request,
    open: (asked: LinkAsked) => Promise<OpenedLink>,
  ): Promise<Response>
}

/**
 * Lets a person open a file who shows on the thread's own platform that they may read the thread. The state is signed,
 * good for ten minutes and bound to the browser by a cookie; so is the pass that it is changed for, for a minute.
 */
export function createSignInGate(deps: {
  signIns: Partial<Record<Platform, SignIn>>
  key: Buffer
  publicUrl: string
  now: Clock
}): SignInGate {
  const { now, signIns } = deps
  const seals = createSeals(deps.key)
  const cookie = csrfCookie(deps.publicUrl)

  const stateOf = (sealed: string) => {
    const [artifactId, key, nonce, issuedAt] = seals.open('sign-in', sealed) ?? []
    if (!artifactId || !key || !nonce || Number(issuedAt) + stateMs <= now()) return undefined
    return { artifactId, key, nonce }
  }

  return {
    admits(request, { artifactId }) {
      const pass = new URL(request.url).searchParams.get('pass') ?? ''
      const [forArtifact, nonce, untilMs] = seals.open('pass', pass) ?? []
      const isOurs = nonce !== undefined && cookie.nonceIn(request.headers) === nonce
      return isOurs && forArtifact === artifactId && Number(untilMs) > now()
    },
    async ask({ artifactId, key, opened }) {
      const { installationId, thread } = opened.thread ?? {}
      const signIn = thread && signIns[parseThreadId(thread).platform]
      if (!signIn || installationId === undefined) return cannotAsk()
      const nonce = randomBytes(18).toString('base64url')
      const state = seals.seal('sign-in', [artifactId, key, nonce, String(now())])
      const to = await signIn.address({ tenantId: opened.tenantId, installationId, state, nonce })
      return redirect(to.href, cookie.set(nonce, stateMs / 1_000))
    },
    async back(platform, request, open) {
      const given = new URL(request.url).searchParams
      const state = stateOf(given.get('state') ?? '')
      if (!state || cookie.nonceIn(request.headers) !== state.nonce) return outdated()
      const code = given.get('code')
      if (!code) return refused('Nobody said who you are, so the file stays closed.')
      const opened = await open(state)
      const signIn = signIns[platform]
      const { installationId, thread } = opened.thread ?? {}
      if (!signIn || !thread || installationId === undefined || parseThreadId(thread).platform !== platform)
        return cannotAsk()
      const { tenantId } = opened
      const may = await signIn.mayRead({ tenantId, installationId, thread, code, nonce: state.nonce })
      if (!may) return refused('It belongs to a thread that you cannot read. Ask somebody who is in it.')
      const pass = seals.seal('pass', [state.artifactId, state.nonce, String(now() + passMs)])
      const to = `/a/${state.artifactId}?${new URLSearchParams({ k: state.key, pass })}`
      return redirect(to, cookie.set(state.nonce, passMs / 1_000))
    },
  }
}

/** Where no platform can be asked. */
export const noSignIn: SignInGate = {
  admits: () => false,
  ask: async () => cannotAsk(),
  back: async () => cannotAsk(),
}

function redirect(location: string, setCookie: string): Response {
  const headers = { location, 'set-cookie': setCookie, 'cache-control': 'private, no-store' }
  return new Response(null, { status: 302, headers })
}

function cannotAsk(): Response {
  return page({
    status: 401,
    title: 'This file is not opened here',
    sentences: [
      'Your workspace opens files only for people who are signed in, and this Loom cannot ask it who you are.',
      'Take the file from the thread, or ask an admin of your workspace.',
    ],
  })
}

function outdated(): Response {
  return page({
    status: 400,
    title: 'That took too long',
    sentences: ['Or it was begun in another browser. Open the link in the thread again.'],
  })
}

function refused(sentence: string): Response {
  return page({ status: 403, title: 'This file is not for everybody', sentences: [sentence] })
}
