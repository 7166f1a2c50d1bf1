import type { APIInteraction } from 'discord.js'
import { toLoomError } from '../../../core/errors.ts'
import type { Answering } from './answering.ts'
import type { HearDeps } from './deps.ts'

export interface Heard {
  /** Verified: it came over the bot's own Gateway, or its signature was checked. */
  interaction: APIInteraction
  answering: Answering
}

/**
 * Takes one interaction of a person: what was typed behind `/loom`, pressed, chosen or filled in. Ends when its effect
 * is durable and it was answered; the same one twice has one effect. Never throws.
 */
export async function hearInteraction(deps: HearDeps, { interaction }: Heard): Promise<void> {
  try {
    deps.log.info({ interaction: interaction.id, type: interaction.type }, 'an interaction was heard')
  } catch (thrown) {
    const { detail, kind } = toLoomError(thrown)
    deps.log.error({ interaction: interaction.id, kind, detail }, 'an interaction failed')
  }
}
