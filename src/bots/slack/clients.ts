import { webApi } from '@slack/bolt'
import type { Log } from '../../core/ports.ts'
import type { Store } from '../../storage/database.ts'
import { openTokens } from '../../storage/installations/tokens.ts'
import { installationVersion } from '../../storage/installations/version.ts'
import { quietLogger } from './quiet-logger.ts'

/** How long opened tokens stay in memory. */
const tokenMs = 5 * 60_000
const mostClients = 1_000

export interface SlackSide {
  client: webApi.WebClient
  botToken: string
  botUserId: string
  appId: string
}

export interface SlackClients {
  /** Slack's API as the bot of one installation. Throws `forbidden` when it was revoked. */
  sideOf(installation: { tenantId: string; installationId: string }): Promise<SlackSide>
  /** Forgets tokens at once, as after a revocation. */
  forget(installationId: string): void
}

/**
 * Clients of Slack's API, one for each installation, for five minutes or until the installation changes, which another
 * process may do. They retry nothing and wait for nothing: what
 * fails is tried again by the task or the delivery that wanted it.
 */
export function createSlackClients(deps: { store: Store; apiUrl: string; log: Log }): SlackClients {
  const kept = new Map<string, { side: Promise<SlackSide>; version: string | undefined; untilMs: number }>()

  const open = async (input: { tenantId: string; installationId: string }): Promise<SlackSide> => {
    const context = { tenantId: input.tenantId, actor: { kind: 'system' } } as const
    const { appId, botToken, botUserId } = await openTokens(deps.store, context, input)
    return { client: createSlackClient({ ...deps, token: botToken }), botToken, botUserId, appId }
  }

  return {
    async sideOf(input) {
      const context = { tenantId: input.tenantId, actor: { kind: 'system' } } as const
      const version = await installationVersion(deps.store, context, input)
      const known = kept.get(input.installationId)
      if (known && known.version === version && known.untilMs > deps.store.now()) return known.side
      const side = open(input)
      kept.delete(input.installationId)
      kept.set(input.installationId, { side, version, untilMs: deps.store.now() + tokenMs })
      side.catch(() => kept.delete(input.installationId))
      const [oldest] = kept.keys()
      if (kept.size > mostClients && oldest !== undefined) kept.delete(oldest)
      return side
    },
    forget: (installationId) => void kept.delete(installationId),
  }
}

/** A client that answers or fails at once: no retries, no waiting for a rate limit. */
export function createSlackClient(input: { token?: string; apiUrl: string; log: Log }): webApi.WebClient {
  return new webApi.WebClient(input.token, {
    slackApiUrl: input.apiUrl,
    logger: quietLogger(input.log),
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    allowAbsoluteUrls: false,
    timeout: 20_000,
  })
}
