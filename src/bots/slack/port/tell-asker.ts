import type { MessageRef, OutMessage } from '../../../core/chat.ts'
import type { Log } from '../../../core/ports.ts'
import type { ThreadId } from '../../../core/thread-id.ts'
import { unreachableWords } from '../../words/unreachable-words.ts'
import { escaped } from '../render/harmless.ts'
import type { Calls } from './call.ts'
import type { Fault } from './fault.ts'
import { mustBePlace } from './place.ts'
import { metadataOf } from './post-parts.ts'
import { refOf } from './ref.ts'
import { renderAny } from './render-any.ts'

export interface TellingDeps {
  calls: Calls
  log: Log
  /** Slack's id of whoever asked last in the thread. */
  askerOf: (thread: ThreadId) => Promise<string | undefined>
  /** Told of a channel that Slack does not know any more; answers whether whoever asked there is told of it already. */
  gone: (thread: ThreadId) => Promise<boolean>
  /** Threads of which whoever asked was told, by the kind of message. */
  state: { told: Set<string> }
}

interface Refusal {
  thread: ThreadId
  kind: OutMessage['kind']
  fault: Fault
}

const unfurl = { unfurl_links: false, unfurl_media: false }

/**
 * Tells whoever asked that their thread is closed to Loom, in a direct message, once for each kind of message. Where Slack
 * does not know the channel any more, its job is stopped and that is what they hear.
 */
export async function tellOfRefusal(deps: TellingDeps, { fault, kind, thread }: Refusal): Promise<void> {
  const { told } = deps.state
  const once = `${thread} ${kind}`
  if (!fault.place || kind === 'notice' || told.has(once)) return
  if (told.size > 5_000) told.clear()
  told.add(once)
  try {
    if (await wasDeleted(deps, thread, fault)) return
  } catch (thrown) {
    // Our own storage failed: the delivery is tried again, and this with it.
    told.delete(once)
    throw thrown
  }
  const userId = await deps.askerOf(thread).catch(() => undefined)
  const isTold = userId !== undefined && (await tellAsker(deps.calls, { userId, kind, fault }))
  deps.log.warn({ kind, code: fault.code, told: isTold }, 'a thread of Slack can no longer be written to')
}

const unknownChannel = 'channel_not_found'

/** Whether the channel is gone, and whoever asked there is told of it with the end of their job. Slack is asked twice. */
async function wasDeleted(
  { calls, gone }: Pick<TellingDeps, 'calls' | 'gone'>,
  thread: ThreadId,
  fault: Fault,
): Promise<boolean> {
  if (fault.code !== unknownChannel) return false
  const { channel } = mustBePlace(thread)
  const asked = await calls.attempt('conversations.info', { channel })
  return !asked.ok && asked.fault.code === unknownChannel && gone(thread)
}

/** Nothing of the thread is said. Answers whether it was said now. */
async function tellAsker(
  calls: Calls,
  input: Omit<Refusal, 'thread'> & { userId: string },
): Promise<boolean> {
  const outcome = await calls.attempt('chat.postMessage', {
    channel: input.userId,
    text: escaped(unreachableWords({ kind: input.kind, why: input.fault.error.message })),
    mrkdwn: false,
    ...unfurl,
  })
  return outcome.ok
}

/** A word for one person that cannot be shown to them in its place. Throws what Slack does not take. */
export async function postDirectly(
  { calls }: { calls: Calls },
  nonce: string,
  input: { userId: string; message: OutMessage },
): Promise<MessageRef> {
  const ts: string[] = []
  let channel = input.userId
  for (const [index, { blocks, text }] of renderAny(input.message).entries()) {
    const metadata = metadataOf(nonce, `${index}`)
    const result = await calls.call('chat.postMessage', { channel, text, blocks, metadata, ...unfurl })
    ts.push(String(result.ts))
    channel = String(result.channel)
  }
  return refOf({ channel, nonce, ts, files: [] })
}
