import type { Config } from '../config.ts'
import type { ModelPort } from '../core/model.ts'

/**
 * The model that the settings name: Claude before GPT when there are both; without a key, the rehearsal model. Only
 * that one is loaded: the providers' clients are hundreds of files.
 */
export async function chooseModel(config: Config): Promise<ModelPort> {
  if (config.anthropic) {
    const { createAnthropic } = await import('../swarm/models/anthropic/index.ts')
    return createAnthropic(optionsOf(config.anthropic))
  }
  if (config.openai) {
    const { createOpenAi } = await import('../swarm/models/openai/index.ts')
    return createOpenAi(optionsOf(config.openai))
  }
  const { createRehearsal } = await import('../swarm/models/rehearsal/index.ts')
  return createRehearsal()
}

function optionsOf({ apiKey, baseUrl }: { apiKey: string; baseUrl: string | undefined }) {
  return { apiKey, ...(baseUrl === undefined ? {} : { baseUrl }) }
}
