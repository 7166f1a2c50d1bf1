import type { OutMessage } from '../../core/chat.ts'

/** What whoever asked is told elsewhere when the thread takes no messages any more; `why` is a sentence. */
export function unreachableWords({ kind, why }: { kind: OutMessage['kind']; why: string }): string {
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
