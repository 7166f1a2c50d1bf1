import type { OutMessage } from '../../../core/chat.ts'
import { unreachableWords } from '../../words/unreachable-words.ts'
import { escaped } from '../render/harmless.ts'
import type { Calls } from './call.ts'
import type { Fault } from './fault.ts'

/**
 * Where a thread can no longer be written to, whoever asked there hears of it in a direct message: that, why, and what
 * to do. Nothing of the thread is said. Once for each kind of message; answers whether it was said now.
 */
export async function tellAsker(
  calls: Calls,
  input: { userId: string; kind: OutMessage['kind']; fault: Fault },
): Promise<boolean> {
  const outcome = await calls.attempt('chat.postMessage', {
    channel: input.userId,
    text: escaped(unreachableWords({ kind: input.kind, why: input.fault.error.message })),
    mrkdwn: false,
    unfurl_links: false,
    unfurl_media: false,
  })
  return outcome.ok
}
