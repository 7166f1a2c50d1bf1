import type { Log, Processor } from '../../core/ports.ts'
import type { Store } from '../../storage/database.ts'
import { listInstallations } from '../../storage/installations/list.ts'
import { openTokens } from '../../storage/installations/tokens.ts'
import { createSlackClient } from './clients.ts'
import { fromSlack, slackCode } from './read/faults.ts'

/** Slack's words for a token that is none any more. */
const goneCodes = new Set(['token_revoked', 'account_inactive', 'invalid_auth', 'token_expired'])

/**
 * Slack is told that an account goes: the token of each of its workspaces is revoked, with which Loom leaves it. A token
 * that stands in the settings is the operator's own, and stays. Idempotent.
 */
export function createSlackProcessor(deps: {
  store: Store
  apiUrl: string
  ownToken: string | undefined
  log: Log
}): Processor {
  const { apiUrl, log, ownToken, store } = deps
  return {
    name: 'slack',
    async forgetTenant({ tenantId }) {
      const context = { tenantId, actor: { kind: 'system' } } as const
      let told = false
      for (const { installationId } of await listInstallations(store, context, { platform: 'slack' })) {
        const { botToken: token } = await openTokens(store, context, { installationId })
        if (token === ownToken) continue
        await createSlackClient({ apiUrl, log, token })
          .auth.revoke()
          .catch((thrown: unknown) => {
            if (!goneCodes.has(slackCode(thrown) ?? '')) throw fromSlack(thrown)
          })
        told = true
      }
      return told ? 'told' : 'nothing'
    },
  }
}
