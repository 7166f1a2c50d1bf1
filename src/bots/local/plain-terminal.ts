import type { ChatPort } from '../../core/chat.ts'
import type { ThreadId } from '../../core/thread-id.ts'
import { plainAnswerLines } from './answer-lines.ts'
import { askLines } from './ask-lines.ts'
import { cardFacts } from './card-facts.ts'
import { createLocalPort } from './local-port.ts'
import { noticeLines } from './notice-lines.ts'

/** Where plain text goes: a pipe, a file, a terminal that cannot move its cursor. */
export interface PlainOut {
  write(text: string): void
}

/**
 * One thread as a log: of the card only what is new, then the answer's Markdown as it was written, the files, the
 * receipt. No escape codes, nothing twice. A changed answer or notice is written again, and what became of a question.
 */
export function createPlainTerminal(input: { thread: ThreadId; out: PlainOut }): ChatPort {
  const write = (lines: readonly string[]) => {
    if (lines.length > 0) input.out.write(lines.map((line) => `${line}\n`).join(''))
  }
  return createLocalPort({
    thread: input.thread,
    show: ({ message, previous }) => {
      switch (message.kind) {
        case 'card':
          return write(cardFacts(previous?.kind === 'card' ? previous.card : undefined, message.card))
        case 'answer':
          return write(['', ...plainAnswerLines(message.answer)])
        case 'notice':
          return write(noticeLines(message.notice))
        case 'question':
        case 'approval':
          return write(askLines(message))
      }
    },
  })
}
