import { MessageFlags } from 'discord.js'
import { detailsOf } from '../../desk/details.ts'
import { renderDetails } from '../render/details.ts'
import type { HearDeps } from './deps.ts'
import type { Outcome } from './outcome.ts'
import type { DiscordActing } from './who.ts'

/**
 * Everything about a job that needs none of its content but titles, with what can be done about its agents. `word`: what
 * came of the choice before, in place of the details where it was made.
 */
export async function jobDetails(
  deps: HearDeps,
  acting: DiscordActing,
  { jobId, word }: { jobId: string; word?: string },
): Promise<Outcome> {
  const details = await detailsOf(deps, acting, { jobId })
  const about = { jobId, ...(word === undefined ? {} : { word }) }
  const { components } = renderDetails(details, about)
  const message = { components, flags: MessageFlags.IsComponentsV2 }
  return word === undefined ? { kind: 'words', messages: [message] } : { kind: 'here', message }
}
