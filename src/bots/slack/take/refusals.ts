import type { SlackPlace } from '../place.ts'
import type { MessageEvent } from './event.ts'

/** Why Loom does not work on what it was asked, in a sentence that says what to do. */
export function whyNotHere(
  event: Pick<MessageEvent, 'channel' | 'direct' | 'external'>,
  place: SlackPlace,
): string | undefined {
  const { channels, externalChannels } = place.settings
  if (event.external && !externalChannels.includes(event.channel)) {
    return 'This channel is shared with another organisation, where Loom stays out until an admin agrees: /loom settings.'
  }
  if (!event.direct && channels && !channels.includes(event.channel)) {
    return 'Loom is not set up for this channel. An admin can add it with /loom settings, or write to Loom directly.'
  }
  return undefined
}

export const strangersWord = 'Loom works here only for people of the organisation that installed it.'

/** Somebody of another organisation, in a channel that is shared with it. */
export function isStranger(event: MessageEvent, place: SlackPlace): boolean {
  if (!event.external || event.authorTeam === undefined) return false
  return event.authorTeam !== event.teamId && event.authorTeam !== place.externalId
}
