import type { App } from '@slack/bolt'
import { LoomError, toLoomError } from '../../../core/errors.ts'
import { type ThreadId, threadId } from '../../../core/thread-id.ts'
import { sayInThread } from '../../../storage/deliveries/say.ts'
import { wasPrompt } from '../../../storage/threads/begun-by.ts'
import { sentenceOf } from '../../desk/sentence.ts'
import { placeOf } from '../place.ts'
import { fromSlack } from '../read/faults.ts'
import { type Loose, listOf, recordOf, textOf } from '../read/loose.ts'
import { messageKey, threadMessageOf } from '../read/thread-message.ts'
import type { Hearing } from './deps.ts'
import { takeThread } from './take.ts'
import { actingOf, type Client, clientOf, type SlackActing } from './who.ts'

const mostChars = 4_000

/** "Take this thread" by a reaction: whoever sets the one that the workspace chose asks for it, once for each message. */
export function hearReaction(app: App, deps: Hearing): void {
  app.event('reaction_added', async ({ body, context, event }) => {
    const place = placeOf(context)
    const { item, reaction, user: userId } = event
    // Skin tones and the like stand behind the name.
    const wanted = reaction.split('::', 1)[0] === place.settings.reaction
    if (!wanted || item.type !== 'message' || userId === place.botUserId) return
    const { channel, ts } = item
    const client = await clientOf(deps, context)
    const message = await messageAt(client, { channel, ts })
    if (!message) return
    const threadTs = textOf(message.thread_ts) || ts
    const { botUserId, appId, externalId: teamId } = place
    const reading = { teamId, channel, botUserId, appId, nameOf: () => undefined }
    const said = threadMessageOf(message, reading).message
    if (said.author.kind === 'loom') return
    const key = `${messageKey({ teamId, channel, ts })}:take`
    const acting = await actingOf(deps, { client, context, userId, channel, threadTs })
    try {
      const text = said.text.trim().slice(0, mostChars)
      await takeThread(deps, acting, {
        ...{ channel, threadTs, key },
        text: `Take this thread: ${text === '' ? 'do what it asks for.' : text}`,
        external: recordOf(body).is_ext_shared_channel === true,
      })
    } catch (thrown) {
      // Nothing was taken: Slack sends the event again.
      if (!(thrown instanceof LoomError) || isPassing(thrown)) throw thrown
      await refuse(deps, acting, { thread: threadId('slack', channel, threadTs), key, thrown })
    }
  })
}

/** A word for the one person, once however often the event comes. That the reaction itself began the job is none. */
async function refuse(
  deps: Hearing,
  { account, userId }: SlackActing,
  input: { thread: ThreadId; key: string; thrown: LoomError },
): Promise<void> {
  const { key, thread, thrown } = input
  const { installationId, tenantId } = account
  const context = { tenantId, actor: { kind: 'system' } } as const
  if (thrown.kind === 'conflict' && (await wasPrompt(deps.store, context, { thread, key }))) return
  const text = sentenceOf(deps, thrown, { tenantId, installationId, reaction: true })
  const subject = `refused:${key}:${userId}`
  await sayInThread(deps.store, context, { installationId, thread, subject, text, onlyFor: userId })
}

function isPassing(thrown: unknown): boolean {
  const { kind, retryable } = toLoomError(thrown)
  return retryable && kind !== 'conflict'
}

/** The message itself, also where it is a reply; `undefined` where Loom cannot see it. */
async function messageAt(
  client: Client,
  { channel, ts }: { channel: string; ts: string },
): Promise<Loose | undefined> {
  try {
    // Slack can put the thread's first message before the one that is asked for.
    const only = { channel, ts, oldest: ts, latest: ts, inclusive: true, limit: 2 }
    const { messages } = await client.conversations.replies(only)
    return listOf(messages)
      .map(recordOf)
      .find((message) => message.ts === ts)
  } catch (thrown) {
    const error = fromSlack(thrown)
    if (error.retryable) throw error
    return undefined
  }
}
