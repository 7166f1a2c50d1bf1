import type { Card } from '../../core/chat.ts'
import { isEnded } from '../../core/job-states.ts'

/** What can be pressed on a card now, in its order. `isNext`: what the job waits for. */
export interface CardAction {
  verb: 'stop' | 'cap' | 'details' | 'raise' | 'finish'
  label: string
  isNext?: true
}

/** Nothing can be pressed once the job has ended. */
export function cardActions({ reason, state }: Pick<Card, 'reason' | 'state'>): CardAction[] {
  if (isEnded(state)) return []
  const stop: CardAction = { verb: 'stop', label: 'Stop' }
  if (state === 'suspended' && reason === 'cap') {
    return [
      { verb: 'raise', label: 'Raise the cap', isNext: true },
      { verb: 'finish', label: 'Finish with what is there' },
      stop,
    ]
  }
  return [stop, { verb: 'cap', label: 'Adjust cap' }, { verb: 'details', label: 'Details' }]
}
