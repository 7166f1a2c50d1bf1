import { z } from 'zod'
import { LoomError } from '../../core/errors.ts'
import { snowflake } from './snowflake.ts'

const patienceMs = 20_000
const tokenShape = z.object({ access_token: z.string().min(1), guild: z.unknown().optional() })
const userShape = z.object({
  id: snowflake,
  username: z.string().optional(),
  global_name: z.string().nullish(),
})

/** Exchanges what the browser brought. The answer names the server in which somebody allowed the bot, if it was one. */
export async function exchangeCode(
  deps: { apiUrl: string; oauth: { clientId: string; clientSecret: string } },
  { code, redirectUri }: { code: string; redirectUri: string },
): Promise<{ accessToken: string; guild: unknown }> {
  const { clientId, clientSecret } = deps.oauth
  const answer = await ask(`${deps.apiUrl}/v10/oauth2/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'authorization_code', code, redirect_uri: redirectUri }),
  })
  const { access_token, guild } = tokenShape.parse(answer)
  return { accessToken: access_token, guild: guild ?? undefined }
}

/** Who allowed it. */
export async function whoIs(
  deps: { apiUrl: string },
  accessToken: string,
): Promise<{ externalId: string; name?: string }> {
  const headers = { authorization: `Bearer ${accessToken}` }
  const { global_name, id, username } = userShape.parse(
    await ask(`${deps.apiUrl}/v10/users/@me`, { headers }),
  )
  const name = global_name ?? username
  return { externalId: id, ...(name ? { name } : {}) }
}

async function ask(url: string, init: RequestInit): Promise<unknown> {
  const response = await fetch(url, {
    ...init,
    redirect: 'error',
    signal: AbortSignal.timeout(patienceMs),
  }).catch((cause: unknown) => {
    throw new LoomError({ kind: 'unavailable', message: 'Discord does not answer.', cause })
  })
  if (response.ok) return response.json()
  await response.body?.cancel()
  const passes = response.status >= 500 || response.status === 429
  throw new LoomError({
    kind: passes ? 'unavailable' : 'refused',
    message: passes ? 'Discord does not answer.' : 'Discord did not complete it.',
    detail: `oauth2: http ${response.status}`,
  })
}
