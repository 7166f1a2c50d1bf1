import type { Approval, Question } from '../../core/chat.ts'

/** What people are asked and what came of it, in sentences and without layout. Plain strings. */

export function questionLead({ asker }: Question): string {
  return `${asker} asks:`
}

/** What became of a question, and by whom; `undefined` while it is open. */
export function questionOutcome({ answer, answeredBy, state }: Question): string | undefined {
  switch (state) {
    case 'open':
      return undefined
    case 'answered':
      return `Answered${byWords(answeredBy)}: ${beginningOf(answer ?? '')}`
    case 'withdrawn':
      return 'No answer is needed any more.'
  }
}

export function approvalLead({ asker }: Approval): string {
  return `${asker} needs your approval:`
}

/** What was decided and by whom; `undefined` while it is open. */
export function approvalOutcome({ pressedBy, state }: Approval): string | undefined {
  const by = byWords(pressedBy)
  switch (state) {
    case 'open':
      return undefined
    case 'approved':
      return `Approved${by}.`
    case 'denied':
      return `Denied${by}.`
    case 'expired':
      return 'Not approved in time; it is not done.'
    case 'withdrawn':
      return 'No approval is needed any more.'
  }
}

/** `2025-06-15 15:06`, in UTC. */
export function untilWords({ expiresAtMs }: Approval): string {
  return new Date(expiresAtMs).toISOString().slice(0, 16).replace('T', ' ')
}

function byWords(name: string | undefined): string {
  return name === undefined ? '' : ` by ${name}`
}

function beginningOf(text: string): string {
  const characters = [...text.replace(/\s+/g, ' ').trim()]
  return characters.length > 120 ? `${characters.slice(0, 119).join('')}…` : characters.join('')
}
