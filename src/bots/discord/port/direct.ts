import { z } from 'zod'
import type { OutMessage } from '../../../core/chat.ts'
import { unreachableWords } from '../../words/unreachable-words.ts'
import { renderNotice } from '../render/notice.ts'
import type { DiscordFault, DiscordRest } from '../rest.ts'
import { postParts, type Sending } from './post-parts.ts'

const unknownChannel = 10_003
const opened = z.object({ id: z.string() })

/** The channel of direct messages with somebody, or why there is none. */
export async function openDirect(
  rest: DiscordRest,
  userId: string,
): Promise<{ channel: string } | { fault: DiscordFault }> {
  const outcome = await rest.attempt({
    method: 'POST',
    route: '/users/@me/channels',
    body: { recipient_id: userId },
  })
  return outcome.ok ? { channel: opened.parse(outcome.result).id } : outcome
}

/** The same delivery on its way to one person. */
export function directly(sending: Sending, channel: string): Sending {
  return { ...sending, place: { channel, thread: channel } }
}

/**
 * Where a thread can no longer be written to, whoever asked there hears of it in a direct message: that, why, and what to
 * do. Nothing of the thread is said. Answers whether it was said.
 */
export async function tellAsker(
  sending: Sending,
  input: { userId: string; kind: OutMessage['kind']; fault: DiscordFault },
): Promise<boolean> {
  const direct = await openDirect(sending.rest, input.userId)
  if ('fault' in direct) return false
  const text = unreachableWords({ kind: input.kind, why: input.fault.error.message })
  // One that is gone has no name any more.
  const about = input.fault.code === unknownChannel ? {} : { about: sending.place.channel }
  const told = await postParts(directly(sending, direct.channel), renderNotice({ text }, about), 'told')
  return !('fault' in told)
}
