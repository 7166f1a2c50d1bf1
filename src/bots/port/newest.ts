import type { MessageRef, OutMessage } from '../../core/chat.ts'

export interface Showing {
  /** Whether the platform shows this already. */
  isShown(message: OutMessage): boolean
  /** Waits until there is room for an edit. Throws where that takes too long. */
  turn(message: OutMessage): Promise<void>
  apply(message: OutMessage): Promise<void>
}

export interface Newest {
  /** Shows the newest of what was asked for; a call that another one overtakes ends with it. */
  show(ref: MessageRef, message: OutMessage, how: Showing): Promise<void>
}

interface Waiting {
  message: OutMessage
  done: Promise<void>
}

/** Edits of messages: those of one message in their order, the newest overtakes those that wait, what changes nothing is none. */
export function createNewest(): Newest {
  const waiting = new Map<MessageRef, Waiting>()
  const underWay = new Map<MessageRef, Promise<void>>()
  return {
    async show(ref, message, { apply, isShown, turn }) {
      const overtaken = waiting.get(ref)
      if (overtaken) {
        overtaken.message = message
        return overtaken.done
      }
      if (!underWay.has(ref) && isShown(message)) return
      const mine: Waiting = { message, done: Promise.resolve() }
      mine.done = (async () => {
        try {
          await underWay.get(ref)?.catch(() => undefined)
          await turn(message)
        } finally {
          waiting.delete(ref)
        }
        const work = apply(mine.message)
        underWay.set(ref, work)
        await work.finally(() => {
          if (underWay.get(ref) === work) underWay.delete(ref)
        })
      })()
      waiting.set(ref, mine)
      return mine.done
    },
  }
}

/** The last state of something, or what a person is asked: it goes before what only moves. */
export function isSettling(message: OutMessage): boolean {
  if (message.kind !== 'card') return true
  return message.card.endedAtMs !== undefined || message.card.state === 'suspended'
}
