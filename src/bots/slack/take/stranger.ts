import type { SlackPlace } from '../place.ts'
import type { MessageEvent } from './event.ts'

/** Somebody of another organisation, in a channel that is shared with it. */
export function isStranger(event: MessageEvent, place: SlackPlace): boolean {
  if (!event.external || event.authorTeam === undefined) return false
  return event.authorTeam !== event.teamId && event.authorTeam !== place.externalId
}
