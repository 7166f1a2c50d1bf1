import { MessageFlags, type RawFile } from 'discord.js'
import { z } from 'zod'
import type { Pace } from '../../port/pace.ts'
import { cutText } from '../../words/cut.ts'
import { textsIn } from '../render/elements.ts'
import type { Posting } from '../render/posting.ts'
import type { DiscordFault, DiscordRest } from '../rest.ts'
import { rateLimited } from '../rest-fault.ts'
import type { FewAtOnce } from './few-at-once.ts'
import { marked, markOf, nonceOf, parts } from './marks.ts'
import type { Place } from './place.ts'
import type { DiscordProgress } from './progress.ts'
import type { Posted } from './ref.ts'
import type { Spots } from './spots.ts'

export interface Sending {
  rest: DiscordRest
  pace: Pace
  spots: Spots
  /** For uploads, whose bytes are all in memory. */
  fewAtOnce: FewAtOnce
  place: Place
  nonce: string
  progress: DiscordProgress
  /** What a thread is called that this begins. */
  title: string
}

/** What was not taken, with what that means: whether to throw it is for whoever posts. */
export type Refused = { fault: DiscordFault }

/** Discord takes five messages in five seconds of a channel. */
const posts = { everyMs: 1_050, burst: 2, mostMs: 10_000 }
const mostTries = 3

export const showingFlags = MessageFlags.IsComponentsV2 | MessageFlags.SuppressEmbeds
export const nobody = { parse: [], replied_user: false }

/**
 * Puts the messages into the thread, each once, in their order; those that are there already are left. Answers the first
 * refusal, or where they are.
 */
export async function postParts(
  sending: Sending,
  postings: readonly Posting[],
  kind: string = parts.messages,
): Promise<Posted[] | Refused> {
  const posted: Posted[] = []
  for (const [index, posting] of postings.entries()) {
    const { attached } = posting
    const files: RawFile[] = attached ? [{ name: attached.name, data: Buffer.from(attached.text) }] : []
    const part = `${kind}${index}`
    const sent = await postPart(sending, part, { components: posting.components, files })
    if (!('fault' in sent)) posted.push(sent)
    else if (sent.fault.code !== invalidForm || files.length > 0) return sent
    else {
      const plain = await postPlain(sending, part, posting)
      if ('fault' in plain) return plain
      posted.push(...plain)
    }
  }
  return posted
}

const invalidForm = 50_035

/** What Discord does not take as components goes as text: without buttons, and no word of it is lost. */
async function postPlain(
  sending: Sending,
  part: string,
  { components }: Posting,
): Promise<Posted[] | Refused> {
  const posted: Posted[] = []
  for (const [index, content] of cutText(textsIn(components).join('\n'), 1_900).entries()) {
    const sent = await postPart(sending, `${part}.${index}`, { content, files: [] })
    if ('fault' in sent) return sent
    posted.push(sent)
  }
  return posted
}

/** One message: as components or, where these are refused, as text. */
interface Sent {
  components?: Posting['components']
  content?: string
  files: RawFile[]
  descriptions?: readonly string[]
}

/** One message under its part's name. */
export async function postPart(sending: Sending, part: string, posting: Sent): Promise<Posted | Refused> {
  const { place, progress, spots } = sending
  for (let count = 1; ; count += 1) {
    const known = progress.parts.get(part)
    if (known) return known
    const sent = await send(sending, part, posting)
    if (!('fault' in sent)) {
      progress.parts.set(part, sent)
      if (sent.channel === place.thread) spots.stands(place)
      return sent
    }
    progress.doubtful ||= sent.fault.doubtful
    if (count >= mostTries) return sent
    const fault = await spots.mend(place, sent.fault, sending.title)
    if (fault) return { fault }
  }
}

const created = z.object({ id: z.string(), channel_id: z.string() })

async function send(
  { nonce, pace, place, rest, spots }: Sending,
  part: string,
  posting: Sent,
): Promise<Posted | Refused> {
  const { channel, replyTo } = spots.spotOf(place)
  const call = { method: 'POST', route: `/channels/${channel}/messages` } as const
  const waitMs = await pace.turn(`post ${channel}`, posts)
  if (waitMs > 0) return { fault: rateLimited(call, waitMs) }
  const { components, content, descriptions, files } = posting
  const attachments = files.map(({ name }, id) => ({ id, filename: name, description: descriptions?.[id] }))
  const outcome = await rest.attempt({
    ...call,
    body: {
      ...(components ? { components: marked(components, markOf(nonce, part)) } : { content }),
      flags: components ? showingFlags : MessageFlags.SuppressEmbeds,
      allowed_mentions: nobody,
      nonce: nonceOf(nonce, part),
      enforce_nonce: true,
      ...(files.length > 0 ? { attachments } : {}),
      ...(replyTo === undefined
        ? {}
        : { message_reference: { message_id: replyTo, fail_if_not_exists: false } }),
    },
    ...(files.length > 0 ? { files } : {}),
  })
  pace.done(`post ${channel}`, posts.everyMs / (posts.burst + 1))
  if (!outcome.ok) return outcome
  const { channel_id, id } = created.parse(outcome.result)
  return { channel: channel_id, id }
}
