import type { MessageRef } from '../../../core/chat.ts'
import type { Search } from './find-posted.ts'

/** How far the posting of one delivery has come, as this process knows it. */
export interface Progress extends Search {
  /** A call got no reply: what it asked for may have been done. */
  doubtful: boolean
  ref: MessageRef | undefined
  /** The posting that is under way. */
  working: Promise<MessageRef> | undefined
}

const mostKept = 2_000

/** The deliveries of an installation that were posted lately, the oldest forgotten first. */
export function createProgresses(): (nonce: string) => Progress {
  const kept = new Map<string, Progress>()
  return (nonce) => {
    const found = kept.get(nonce)
    if (found) return found
    const made: Progress = {
      parts: new Map(),
      files: new Set(),
      cursor: '',
      doubtful: false,
      ref: undefined,
      working: undefined,
    }
    kept.set(nonce, made)
    for (const [old, { working }] of kept) {
      if (kept.size <= mostKept) break
      if (!working) kept.delete(old)
    }
    return made
  }
}
