import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { ChatPort, MessageRef, OutMessage } from '../../core/chat.ts'
import { LoomError } from '../../core/errors.ts'
import type { ThreadId } from '../../core/thread-id.ts'

export interface Shown {
  ref: MessageRef
  message: OutMessage
  /** What this reference showed before: absent for a post. */
  previous: OutMessage | undefined
}

/**
 * What the three terminals have in common: one thread, one reference for each nonce, no work for an edit that
 * changes nothing. `show` writes at once and to the end, so messages never mix; what it throws fails the delivery, and
 * a failed post may be posted again.
 */
export function createLocalPort(deps: { thread: ThreadId; show(shown: Shown): void }): ChatPort {
  // Unlike any other terminal's, so that a message which another one showed is never taken for one of these.
  const terminal = randomUUID()
  const refs = new Map<string, MessageRef>()
  const messages = new Map<MessageRef, OutMessage>()

  const mustServe = (thread: ThreadId) => {
    if (thread === deps.thread) return
    throw new LoomError({
      kind: 'forbidden',
      message: 'This terminal shows another thread.',
      detail: 'local port asked for a thread it does not serve',
    })
  }
  const write = (shown: Shown) => {
    try {
      deps.show(shown)
    } catch (thrown) {
      if (thrown instanceof LoomError) throw thrown
      throw new LoomError({
        kind: 'unavailable',
        message: 'The terminal could not be written to.',
        retryable: false,
        cause: thrown,
      })
    }
    messages.set(shown.ref, shown.message)
  }

  return {
    platform: 'local',
    editEveryMs: 100,
    serves: (thread) => thread === deps.thread,
    post: async (thread, message, { nonce }) => {
      mustServe(thread)
      const known = refs.get(nonce)
      if (known !== undefined) return known
      const ref = `${terminal}-${refs.size + 1}`
      write({ ref, message, previous: undefined })
      refs.set(nonce, ref)
      return ref
    },
    edit: async (thread, ref, message) => {
      mustServe(thread)
      const previous = messages.get(ref)
      if (!previous) {
        throw new LoomError({ kind: 'not_found', message: 'That message is not in this terminal.' })
      }
      if (!isDeepStrictEqual(previous, message)) write({ ref, message, previous })
    },
    remove: async (thread, ref) => {
      mustServe(thread)
      // What a terminal has printed is its person's.
      return messages.has(ref) ? 'kept' : 'gone'
    },
  }
}
