import { LoomError } from '../../core/errors.ts'
import type { Log } from '../../core/ports.ts'
import type { Store } from '../../storage/database.ts'
import { saveOwnInstallation } from '../own-account.ts'
import { createSlackClient } from './clients.ts'
import { fromSlack } from './read/faults.ts'
import { missingScopes } from './scopes.ts'

/** What Slack says of a bot token. */
export interface OwnWorkspace {
  kind: 'team' | 'enterprise'
  externalId: string
  name: string
  botUserId: string
  botId: string | undefined
  scopes: string[]
  missing: string[]
}

/** Asks Slack whose a bot token is and what it may. Throws in words; `unavailable` when Slack does not answer. */
export async function lookAtToken(deps: { apiUrl: string; log: Log }, token: string): Promise<OwnWorkspace> {
  const client = createSlackClient({ ...deps, token })
  const answer = await client.auth.test().catch((thrown: unknown) => {
    const error = fromSlack(thrown)
    if (error.kind !== 'forbidden') throw error
    throw new LoomError({
      kind: 'forbidden',
      message: 'Slack does not take SLACK_BOT_TOKEN. Copy the bot token of the app again.',
      detail: error.detail,
      cause: thrown,
    })
  })
  const { bot_id, enterprise_id, is_enterprise_install, team, team_id, user_id } = answer
  const externalId = is_enterprise_install ? enterprise_id : team_id
  if (!externalId || !user_id) {
    throw new LoomError({ kind: 'unavailable', message: 'Slack’s answer was not complete.', retryable: true })
  }
  const scopes = answer.response_metadata?.scopes ?? []
  return {
    kind: is_enterprise_install ? 'enterprise' : 'team',
    externalId,
    name: team ?? externalId,
    botUserId: user_id,
    botId: bot_id,
    scopes,
    missing: scopes.length > 0 ? missingScopes(scopes) : [],
  }
}

/** Keeps the one workspace of a bot token as an installation of the operator's own account. Idempotent. */
export async function keepOwnWorkspace(
  deps: { store: Store; apiUrl: string; log: Log },
  token: string,
): Promise<OwnWorkspace> {
  const own = await lookAtToken(deps, token)
  const { botUserId, externalId, kind, scopes } = own
  const appId = await appOf(deps, { token, botId: own.botId })
  await saveOwnInstallation(deps.store, {
    ...{ platform: 'slack', kind, externalId, scopes },
    tokens: { botToken: token, botUserId, appId },
    // Nobody signed in for it: Slack's admins act as admins.
    installer: { externalId: botUserId, name: 'Loom' },
  })
  return own
}

/** The app's id, by which its own messages are known; the bot user's id says the same where it cannot be asked. */
async function appOf(
  deps: { apiUrl: string; log: Log },
  { botId, token }: { token: string; botId: string | undefined },
): Promise<string> {
  if (!botId) return ''
  try {
    const { bot } = await createSlackClient({ ...deps, token }).bots.info({ bot: botId })
    return bot?.app_id ?? ''
  } catch {
    return ''
  }
}

/** Asks Slack whether it opens a socket for an app token. Throws in words. */
export async function tryAppToken(deps: { apiUrl: string; log: Log }, token: string): Promise<void> {
  await createSlackClient({ ...deps, token })
    .apps.connections.open({})
    .catch((thrown: unknown) => {
      const error = fromSlack(thrown)
      if (error.kind === 'unavailable') throw error
      throw new LoomError({
        kind: 'forbidden',
        message:
          'Slack does not take SLACK_APP_TOKEN. It needs the scope connections:write, and Socket Mode switched on.',
        detail: error.detail,
        cause: thrown,
      })
    })
}
