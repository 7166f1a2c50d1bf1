import type { Processor } from '../core/ports.ts'
import type { Parts } from './parts.ts'

/**
 * Everybody outside who is told when an account goes, where the settings name them. A room that reaches another one brings
 * its line here: billing its customer, identity its user.
 */
export async function openProcessors(parts: Parts): Promise<Processor[]> {
  const { config, log } = parts
  const processors: Processor[] = []
  if (config.slack) {
    const { createSlackProcessor } = await import('../bots/slack/forget.ts')
    const { apiUrl, botToken: ownToken } = config.slack
    processors.push(createSlackProcessor({ store: parts.openStore('loom_app'), apiUrl, ownToken, log }))
  }
  if (config.discord) {
    const { createDiscordProcessor } = await import('../bots/discord/forget.ts')
    const store = parts.openStore('loom_app')
    processors.push(createDiscordProcessor({ store, settings: config.discord, log }))
  }
  return processors
}
