import { LoomError } from '../../../core/errors.ts'
import { parseThreadId, type ThreadId } from '../../../core/thread-id.ts'

/**
 * A thread of Discord. One that began from a message has the message's id; where there are no threads (direct messages,
 * voice channels) both parts are the channel.
 */
export interface Place {
  channel: string
  thread: string
}

/** `undefined` for a thread of another platform. */
export function placeOf(id: ThreadId): Place | undefined {
  const { channel, platform, thread } = parseThreadId(id)
  const isOurs = platform === 'discord' && /^\d{1,20}$/u.test(channel) && /^\d{1,20}$/u.test(thread)
  return isOurs ? { channel, thread } : undefined
}

export function mustBePlace(id: ThreadId): Place {
  const place = placeOf(id)
  if (place) return place
  throw new LoomError({
    kind: 'forbidden',
    message: 'That is no thread of Discord.',
    detail: 'discord port asked for a thread it does not serve',
  })
}
