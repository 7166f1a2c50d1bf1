import type { Config } from '../config.ts'
import { freeOfCharge } from '../core/prices.ts'
import type { Tier } from '../core/words.ts'
import type { ModelName } from '../swarm/models/catalog.ts'
import {
  createRouter,
  defaultNames,
  type KeyedAccess,
  type ModelRouter,
  type Provider,
} from '../swarm/models/router.ts'

/**
 * The models that the settings name. Clients are loaded when they are first called: each is hundreds of files. Without
 * any key the rehearsal model steps in, on one's own machine only.
 */
export function openModels(config: Config): ModelRouter {
  const { compatible } = config
  return createRouter({
    keyed: [anthropic(config), openai(config)],
    own: compatible ? compatibleServer(compatible) : undefined,
    stepIn: config.mode === 'embedded' ? rehearsal : undefined,
  })
}

/** The names of a tier's models for an account that chose none. */
export function defaultModels({ compatible }: Config, tier: Tier): readonly ModelName[] {
  return defaultNames(compatible && { provider: 'compatible', models: compatible.models }, tier)
}

/** Who answers first, for the greeting: `Claude, then GPT`. */
export function modelsInWords(config: Config): string {
  const names = [
    ...(config.anthropic ? ['Claude'] : []),
    ...(config.openai ? ['GPT'] : []),
    ...(config.compatible ? ['your own model server'] : []),
  ]
  return names.length > 0 ? names.join(', then ') : 'the rehearsal model'
}

function anthropic({ anthropic: own, endpoints }: Config): KeyedAccess {
  return {
    provider: 'anthropic',
    hasKey: own !== undefined,
    async open(key) {
      const { createAnthropic } = await import('../swarm/models/anthropic/index.ts')
      return createAnthropic({ apiKey: key ?? own?.apiKey ?? '', baseUrl: endpoints.anthropic })
    },
  }
}

function openai({ endpoints, openai: own }: Config): KeyedAccess {
  return {
    provider: 'openai',
    hasKey: own !== undefined,
    async open(key) {
      const { createOpenAi } = await import('../swarm/models/openai/index.ts')
      return createOpenAi({ apiKey: key ?? own?.apiKey ?? '', baseUrl: endpoints.openai })
    },
  }
}

function compatibleServer(settings: NonNullable<Config['compatible']>): Provider {
  return {
    provider: 'compatible',
    models: settings.models,
    priceOf: (model) => settings.prices[model] ?? freeOfCharge,
    async open() {
      const { createCompatible } = await import('../swarm/models/compatible/index.ts')
      return createCompatible(settings)
    },
  }
}

async function rehearsal() {
  const { createRehearsal, rehearsalModel } = await import('../swarm/models/rehearsal/index.ts')
  return { port: createRehearsal(), model: rehearsalModel, price: freeOfCharge, account: rehearsalModel }
}
