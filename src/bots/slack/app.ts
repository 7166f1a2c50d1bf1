import { App, AuthorizationError, type Receiver } from '@slack/bolt'
import { toLoomError } from '../../core/errors.ts'
import type { Log } from '../../core/ports.ts'
import { mustAnswerSlack } from './answer-address.ts'
import { type Authorizer, unknownWorkspaceDetail } from './authorize.ts'
import { quietLogger } from './quiet-logger.ts'
import { recordOf } from './read/loose.ts'

/**
 * A Bolt app over a receiver of ours. Errors of listeners go back to the receiver, which then does not acknowledge;
 * only a workspace without Loom is acknowledged and logged, since its events will never be taken.
 */
export function createSlackApp(deps: {
  receiver: Receiver
  authorizer: Authorizer
  apiUrl: string
  log: Log
}): App {
  const { log } = deps
  const app = new App({
    receiver: deps.receiver,
    authorize: deps.authorizer.authorize,
    clientOptions: {
      slackApiUrl: deps.apiUrl,
      retryConfig: { retries: 0 },
      rejectRateLimitedCalls: true,
      timeout: 10_000,
    },
    logger: quietLogger(log),
    // Our own words are told from others' in one place, and no conversation is kept in memory.
    ignoreSelf: false,
    convoStore: false,
  })
  app.use(async ({ body, next }) => {
    mustAnswerSlack(recordOf(body), deps.apiUrl)
    await next()
  })
  app.error(async (error) => {
    const cause = error instanceof AuthorizationError ? error.original : error
    const { detail, kind } = toLoomError(cause)
    if (detail === unknownWorkspaceDetail) {
      log.info({ kind, detail }, 'an event of a workspace without Loom')
      return
    }
    throw cause
  })
  return app
}
