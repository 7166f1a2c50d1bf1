import type { Approval, OutMessage, Question } from '../../core/chat.ts'
import { harmlessLine } from './harmless.ts'
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

function questionLines({ answer, asker, choices, jobId, state, text }: Question): string[] {
  switch (state) {
    case 'open':
      return [
        `? ${asker} asks: ${text}`,
        ...choices.map((choice, index) => `${index + 1}. ${choice}`),
        choices.length > 0
          ? `Answer with a number or in your own words: npm run loom -- answer ${jobId} "…"`
          : `Answer: npm run loom -- answer ${jobId} "…"`,
      ]
    case 'answered':
      return [`? ${text} Answered: ${firstOf(answer)}`]
    case 'withdrawn':
      return [`? ${text} No answer is needed any more.`]
  }
}

function approvalLines(approval: Approval): string[] {
  const { approvalId, asker, pressedBy, request, state } = approval
  const by = pressedBy === undefined ? '' : ` by ${pressedBy}`
  switch (state) {
    case 'open':
      return [
        `! ${asker} needs your approval: ${request}`,
        `Until ${untilWords(approval)}: npm run loom -- approve ${approvalId}, or deny ${approvalId}`,
      ]
    case 'approved':
      return [`! ${request} Approved${by}.`]
    case 'denied':
      return [`! ${request} Denied${by}.`]
    case 'expired':
      return [`! ${request} Not approved in time; it is not done.`]
    case 'withdrawn':
      return [`! ${request} No approval is needed any more.`]
  }
}

function firstOf(answer: string | undefined): string {
  const characters = [...(answer ?? '').replace(/\s+/g, ' ').trim()]
  return characters.length > 120 ? `${characters.slice(0, 119).join('')}…` : characters.join('')
}

function untilWords({ expiresAtMs }: Approval): string {
  return new Date(expiresAtMs).toISOString().slice(0, 16).replace('T', ' ')
}
