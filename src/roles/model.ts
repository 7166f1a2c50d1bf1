import type { Config } from '../config.ts'
import type { ModelPort } from '../core/model.ts'
import { createAnthropic } from '../swarm/models/anthropic/index.ts'
import { createOpenAi } from '../swarm/models/openai/index.ts'
import { createRehearsal } from '../swarm/models/rehearsal/index.ts'

/** The model that the settings name: Claude before GPT when there are both; without a key, the rehearsal model. */
export function chooseModel(config: Config): ModelPort {
  if (config.anthropic) return createAnthropic(optionsOf(config.anthropic))
  if (config.openai) return createOpenAi(optionsOf(config.openai))
  return createRehearsal()
}

function optionsOf({ apiKey, baseUrl }: { apiKey: string; baseUrl: string | undefined }) {
  return { apiKey, ...(baseUrl === undefined ? {} : { baseUrl }) }
}
