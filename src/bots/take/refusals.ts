import type { TakePlace } from './came.ts'

/** Why Loom does not work on what it was asked, in a sentence that says what to do. */
export function whyNotHere(
  at: { channel: string; direct: boolean; external: boolean },
  place: Pick<TakePlace, 'settings'>,
): string | undefined {
  const { channels, externalChannels } = place.settings
  if (at.external && !externalChannels.includes(at.channel)) {
    return 'This channel is shared with another organisation, where Loom stays out until an admin agrees: /loom settings.'
  }
  if (!at.direct && channels && !channels.includes(at.channel)) {
    return 'Loom is not set up for this channel. An admin can add it with /loom settings, or write to Loom directly.'
  }
  return undefined
}

export const strangersWord = 'Loom works here only for people of the organisation that installed it.'
