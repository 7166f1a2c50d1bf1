import type { RespondFn } from '@slack/bolt'
import type { Log } from '../../../core/ports.ts'
import { fromSlack } from '../read/faults.ts'
import type { Client, Where } from './who.ts'
import { whisper } from './words.ts'

interface Listener extends Where {
  client: Client
  userId: string
  respond?: RespondFn | undefined
}

/** Tells the one person, where they pressed. What cannot be shown to them any more is logged and let go. */
export async function tell(deps: { log: Log }, to: Listener, text: string): Promise<void> {
  const { channel, client, respond, threadTs, userId } = to
  const words = whisper(text)
  const thread = threadTs === undefined ? {} : { thread_ts: threadTs }
  try {
    if (respond) {
      await respond({ response_type: 'ephemeral', replace_original: false, ...words, ...thread })
      return
    }
  } catch {
    // The address for answers has run out; Loom speaks for itself where it is in the channel.
  }
  if (channel === undefined) return
  try {
    await client.chat.postEphemeral({ channel, user: userId, ...words, ...thread })
  } catch (thrown) {
    const { detail, kind } = fromSlack(thrown)
    deps.log.warn({ kind, detail }, 'a word for one person could not be shown')
  }
}
