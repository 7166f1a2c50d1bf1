import type { APIInteraction } from 'discord.js'
import { createAnswering } from './answering.ts'
import type { Answering } from './hear/answering.ts'
import type { HearDeps } from './hear/deps.ts'
import { hearInteraction } from './hear/index.ts'
import type { DiscordRest } from './rest.ts'
import { createSlots } from './slots.ts'

/** More at once would only stand in line for the database, and keep the acknowledgements of others waiting. */
const mostAtOnce = 16

/**
 * Takes interactions as they come: each is acknowledged at once, and what is to be done for those that were is done for a
 * few at a time, so that in a burst the work for the first does not delay the acknowledgement of the last.
 */
export function createHearing(
  deps: HearDeps & { rest: DiscordRest },
): (interaction: APIInteraction) => Promise<void> {
  const slots = createSlots(mostAtOnce)

  return async (interaction) => {
    const own = createAnswering(deps, interaction)
    let leave: () => void = () => undefined
    const answering: Answering = {
      ...own,
      async defer(how) {
        const shown = await own.defer(how)
        leave = await slots.take()
        return shown
      },
    }
    try {
      await hearInteraction(deps, { interaction, answering })
    } finally {
      leave()
    }
  }
}
