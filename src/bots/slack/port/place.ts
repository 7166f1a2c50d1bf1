import { LoomError } from '../../../core/errors.ts'
import { parseThreadId, type ThreadId } from '../../../core/thread-id.ts'

export interface Place {
  channel: string
  threadTs: string
}

/** Channel and root of a thread; `undefined` for a thread of another platform. */
export function placeOf(thread: ThreadId): Place | undefined {
  const { channel, platform, thread: threadTs } = parseThreadId(thread)
  return platform === 'slack' && /^\d+\.\d+$/u.test(threadTs) ? { channel, threadTs } : undefined
}

export function mustBePlace(thread: ThreadId): Place {
  const place = placeOf(thread)
  if (place) return place
  throw new LoomError({
    kind: 'forbidden',
    message: 'That is no thread of Slack.',
    detail: 'slack port asked for a thread it does not serve',
  })
}
