import type { Pace } from '../../port/pace.ts'
import { cutText } from '../../words/cut.ts'
import { escaped } from '../render/harmless.ts'
import { limits } from '../render/limits.ts'
import { plainOf } from '../render/plain.ts'
import type { Posting } from '../render/posting.ts'
import type { Calls } from './call.ts'
import { type Fault, isBlocksFault, rateLimited } from './fault.ts'
import { deliveryEvent } from './find-posted.ts'
import type { Place } from './place.ts'
import type { SlackProgress } from './progress.ts'

export interface Sending {
  calls: Calls
  pace: Pace
  place: Place
  nonce: string
  progress: SlackProgress
}

/** What was not taken, with what that means: whether to throw it is for whoever posts. */
export type Refused = { fault: Fault }

/** Slack takes about one message a second in a channel. */
const posts = { everyMs: 1_050, mostMs: 10_000 }

/**
 * Puts the messages into the thread, each once, in their order; those that are there already are left. What Slack does
 * not take as blocks goes as plain text. Answers the first refusal, or their timestamps.
 */
export async function postParts(
  sending: Sending,
  postings: readonly Posting[],
  prefix = '',
): Promise<string[] | Refused> {
  const posted: string[] = []
  for (const [index, posting] of postings.entries()) {
    const sent = await postPart(sending, posting, `${prefix}${index}`)
    if ('fault' in sent) return sent
    posted.push(...sent)
  }
  return posted
}

async function postPart(sending: Sending, posting: Posting, part: string): Promise<string[] | Refused> {
  const known = sending.progress.parts.get(part)
  if (known !== undefined) return [known]
  if (!sending.progress.parts.has(`${part}.0`)) {
    const sent = await postOne(sending, part, { text: posting.text, blocks: posting.blocks })
    if (typeof sent === 'string') return [sent]
    if (!isBlocksFault(sent.fault)) return sent
  }
  const posted: string[] = []
  for (const [index, content] of asPlainText(posting).entries()) {
    const name = `${part}.${index}`
    const sent = sending.progress.parts.get(name) ?? (await postOne(sending, name, content))
    if (typeof sent !== 'string') return sent
    posted.push(sent)
  }
  return posted
}

/** The words of a message without blocks, in as many messages as they need. */
function asPlainText(posting: Posting): { text: string; mrkdwn: false }[] {
  const text = plainOf(posting.blocks, { addresses: true })
  return cutText(text, limits.plainText).map((part) => ({ text: escaped(part), mrkdwn: false }))
}

async function postOne(
  sending: Sending,
  part: string,
  content: { text: string; blocks?: unknown; mrkdwn?: false },
): Promise<string | Refused> {
  const { calls, nonce, pace, place, progress } = sending
  const waitMs = await pace.turn(`post ${place.channel}`, posts)
  if (waitMs > 0) return { fault: rateLimited('chat.postMessage', waitMs) }
  const args = {
    channel: place.channel,
    thread_ts: place.threadTs,
    unfurl_links: false,
    unfurl_media: false,
    metadata: metadataOf(nonce, part),
    ...content,
  }
  const outcome = await calls.attempt('chat.postMessage', args, place.channel)
  pace.done(`post ${place.channel}`, posts.everyMs)
  if (!outcome.ok) {
    progress.doubtful ||= outcome.fault.doubtful
    return { fault: outcome.fault }
  }
  const ts = String(outcome.result.ts)
  progress.parts.set(part, ts)
  return ts
}

export function metadataOf(nonce: string, part: string) {
  return { event_type: deliveryEvent, event_payload: { nonce, part } }
}
