import type { Approval, OutMessage, Question } from '../../core/chat.ts'
import {
  approvalLead,
  approvalOutcome,
  questionLead,
  questionOutcome,
  untilWords,
} from '../words/ask-words.ts'
import { harmlessLine } from '../words/harmless.ts'
import { wrap } from './wrap.ts'

export type Asking = Extract<OutMessage, { kind: 'question' | 'approval' }>

/**
 * A question or an approval as lines: what is asked in one sentence, the choices by their numbers, how to answer; once
 * it is settled, what became of it. Folded only by the width of the terminal.
 */
export function askLines(message: Asking, columns = Number.POSITIVE_INFINITY): string[] {
  const lines =
    message.kind === 'question' ? questionLines(message.question) : approvalLines(message.approval)
  return lines.flatMap((text, index) => {
    const indent = index === 0 ? '' : '  '
    const room = Math.max(1, columns - 1 - indent.length)
    const folded = wrap([{ text: harmlessLine(text) }], room)
    return folded.map((line) => indent + line.map((span) => span.text).join(''))
  })
}

function questionLines(question: Question): string[] {
  const { choices, jobId, text } = question
  const outcome = questionOutcome(question)
  if (outcome !== undefined) return [`? ${text} ${outcome}`]
  return [
    `? ${questionLead(question)} ${text}`,
    ...choices.map((choice, index) => `${index + 1}. ${choice}`),
    choices.length > 0
      ? `Answer with a number or in your own words: npm run loom -- answer ${jobId} "…"`
      : `Answer: npm run loom -- answer ${jobId} "…"`,
  ]
}

function approvalLines(approval: Approval): string[] {
  const { approvalId, request } = approval
  const outcome = approvalOutcome(approval)
  if (outcome !== undefined) return [`! ${request} ${outcome}`]
  return [
    `! ${approvalLead(approval)} ${request}`,
    `Until ${untilWords(approval)}: npm run loom -- approve ${approvalId}, or deny ${approvalId}`,
  ]
}
