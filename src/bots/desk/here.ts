import { parseThreadId, type ThreadId } from '../../core/thread-id.ts'
import type { Acting } from './desk.ts'

/** Whether a thread is where somebody acts: that very one, or one of the channel when it acts outside of threads. */
export function isHere(acting: Acting, thread: ThreadId): boolean {
  if (acting.thread !== undefined) return acting.thread === thread
  const { channel, platform } = parseThreadId(thread)
  return acting.channel === `${platform}:${channel}`
}

/** Whether a job is seen where somebody acts: in the thread of its brief or in one that watches it. */
export function isSeenHere(acting: Acting, { threads }: { threads: readonly ThreadId[] }): boolean {
  return threads.some((thread) => isHere(acting, thread))
}

const shortLength = 8

/** The end of an id, by which a person can name it: the beginning is the same for what was made in one hour. */
export function shortId(id: string): string {
  return id.slice(-shortLength)
}

export function isCalled(id: string, word: string): boolean {
  const typed = word.trim().toLowerCase()
  return typed === id || typed === shortId(id)
}
