import type { Effort } from '../../core/model.ts'
import type { Tier } from '../../core/words.ts'

/** A model as settings name it: `anthropic/claude-opus-5-5`. What follows the first slash is the provider's own name. */
export type ModelName = `${string}/${string}`

/**
 * The models of each tier in the order in which a step goes to them, until an account chooses its own: Claude, and
 * GPT where Claude cannot answer. The names are those of the installed SDKs; a test holds them to it.
 */
export const defaultTiers: Record<Tier, readonly ModelName[]> = {
  deep: ['anthropic/claude-opus-5-5', 'openai/gpt-5.6-sol'],
  standard: ['anthropic/claude-sonnet-5-5', 'openai/gpt-5.6-terra'],
  quick: ['anthropic/claude-haiku-5-5', 'openai/gpt-5.6-luna'],
}

/** The same for every provider, so that a step that is handed over is thought about as hard as before. */
export const effortOf: Record<Tier, Effort> = { deep: 'high', standard: 'medium', quick: 'low' }

export function splitName(name: ModelName): { provider: string; model: string } {
  const slash = name.indexOf('/')
  return { provider: name.slice(0, slash), model: name.slice(slash + 1) }
}
