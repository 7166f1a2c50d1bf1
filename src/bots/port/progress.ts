import type { MessageRef } from '../../core/chat.ts'

/** How far the posting of one delivery has come, as this process knows it. */
export interface Progress {
  /** A call got no reply: what it asked for may have been done. */
  doubtful: boolean
  ref: MessageRef | undefined
  /** The posting that is under way. */
  working: Promise<MessageRef> | undefined
}

const mostKept = 2_000

/** The deliveries of an installation that were posted lately, with what its port notes of each; the oldest forgotten first. */
export function createProgresses<Noted>(fresh: () => Noted): (nonce: string) => Noted & Progress {
  const kept = new Map<string, Noted & Progress>()
  return (nonce) => {
    const found = kept.get(nonce)
    if (found) return found
    const made = { ...fresh(), doubtful: false, ref: undefined, working: undefined }
    kept.set(nonce, made)
    for (const [old, { working }] of kept) {
      if (kept.size <= mostKept) break
      if (!working) kept.delete(old)
    }
    return made
  }
}
