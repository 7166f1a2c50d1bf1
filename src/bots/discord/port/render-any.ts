import type { OutMessage } from '../../../core/chat.ts'
import { renderAnswer } from '../render/answer.ts'
import { renderApproval, renderQuestion } from '../render/ask.ts'
import { renderCard } from '../render/card.ts'
import { renderNotice } from '../render/notice.ts'
import type { Posting } from '../render/posting.ts'

/** Any message as Discord shows it; an answer whole, without a file. */
export function renderAny(message: OutMessage): Posting[] {
  switch (message.kind) {
    case 'card':
      return [renderCard(message.card)]
    case 'question':
      return [renderQuestion(message.question)]
    case 'approval':
      return [renderApproval(message.approval)]
    case 'notice':
      return renderNotice(message.notice)
    case 'answer':
      return renderAnswer(message.answer, { uploadBytes: 0 }).whole
  }
}
