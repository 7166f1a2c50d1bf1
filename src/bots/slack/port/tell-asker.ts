import type { OutMessage } from '../../../core/chat.ts'
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
    text: escaped(wordsFor(input)),
    mrkdwn: false,
    unfurl_links: false,
    unfurl_media: false,
  })
  return outcome.ok
}

function wordsFor({ fault, kind }: { kind: OutMessage['kind']; fault: Fault }): string {
  const why = fault.error.message
  switch (kind) {
    case 'answer':
      return `Your answer could not be posted in the thread where you asked. ${why} It is kept.`
    case 'question':
    case 'approval':
      return `Loom needs a word from you, and could not ask in the thread. ${why} The job waits.`
    case 'card':
    case 'notice':
      return `Loom could not post in the thread where you asked. ${why}`
  }
}
