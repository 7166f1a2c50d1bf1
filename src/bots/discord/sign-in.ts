import { OAuth2Scopes } from 'discord.js'
import { z } from 'zod'
import { LoomError } from '../../core/errors.ts'
import type { SignIn } from '../../core/sign-in.ts'
import { mayReadThread } from './may-read.ts'
import { exchangeCode, whoIs } from './oauth.ts'
import type { DiscordRest } from './rest.ts'

/** Signing in with Discord: who somebody is, and nothing else of them. */
export function createDiscordSignIn(deps: {
  rest: DiscordRest
  oauth: { clientId: string; clientSecret: string }
  apiUrl: string
  publicUrl: string
}): SignIn {
  const { apiUrl, oauth, rest } = deps
  const redirectUri = `${deps.publicUrl}/discord/signed_in`

  return {
    async address({ state }) {
      const to = new URL('/oauth2/authorize', apiUrl)
      const query = {
        ...{ client_id: oauth.clientId, response_type: 'code', redirect_uri: redirectUri, state },
        scope: OAuth2Scopes.Identify,
        // Whoever allowed it once goes through without another page.
        prompt: 'none',
      }
      for (const [name, value] of Object.entries(query)) to.searchParams.set(name, value)
      return to
    },
    async mayRead({ code, thread }) {
      const { externalId: userId } = await who(deps, { code, redirectUri })
      return mayReadThread(rest, { thread, userId })
    },
  }
}

/** The state, which only this browser carries, is what keeps a code of somebody else out. */
async function who(
  deps: { oauth: { clientId: string; clientSecret: string }; apiUrl: string },
  input: { code: string; redirectUri: string },
): Promise<{ externalId: string }> {
  try {
    const { accessToken } = await exchangeCode(deps, input)
    return await whoIs(deps, accessToken)
  } catch (thrown) {
    if (thrown instanceof LoomError && thrown.kind === 'unavailable') throw thrown
    if (!(thrown instanceof LoomError || thrown instanceof z.ZodError)) throw thrown
    const message = 'Discord did not say who you are. Open the link in the thread again.'
    throw new LoomError({ kind: 'forbidden', message, cause: thrown })
  }
}
