import type { App } from '@slack/bolt'
import { LoomError } from '../../../core/errors.ts'
import { threadId } from '../../../core/thread-id.ts'
import { findThread } from '../../../storage/threads/find.ts'
import { contextOf } from '../../desk/desk.ts'
import { sentenceOf } from '../../desk/sentence.ts'
import { stop } from '../../desk/stop.ts'
import type { Hearing } from './deps.ts'
import { tell } from './reply.ts'
import { actingOf, clientOf } from './who.ts'

/** Slack's own stop button of an agent's session: the job of that thread is stopped. */
export function hearSession(app: App, deps: Hearing): void {
  app.event('agent_session_stopped', async ({ context, event }) => {
    const client = await clientOf(deps, context)
    const { channel, thread_ts: threadTs, user: userId } = event
    const acting = await actingOf(deps, { client, context, userId, channel, threadTs })
    const thread = threadId('slack', channel, threadTs)
    const found = await findThread(deps.store, contextOf(acting), { thread })
    if (!found?.live) return
    try {
      await stop(deps, acting, found.live)
    } catch (thrown) {
      // What passes is sent again by Slack.
      if (!(thrown instanceof LoomError) || thrown.retryable) throw thrown
      await tell(deps, { client, userId, channel, threadTs }, sentenceOf(deps, thrown, { session: true }))
    }
  })
}
