import { LoomError } from '../../core/errors.ts'
import { priceOf } from '../../core/prices.ts'
import { type KeyedProvider, keyedProviders, type Tier, tiers } from '../../core/words.ts'
import { defaultModels } from '../../roles/model.ts'
import { dropProviderKey, setProviderKey, setTier } from '../../storage/models/change.ts'
import { listProviderKeys, loadTenantModels } from '../../storage/models/load.ts'
import { readSecret } from '../read-secret.ts'
import type { Command } from './command.ts'

export const modelCommands: readonly Command[] = [
  {
    name: 'models',
    usage: 'models [TIER NAMES]',
    help: 'the models of each tier; or choose them, the first wish first, by commas; "default" takes it back',
    async run({ context, parts, store }, words) {
      const [tierWord, names] = words
      if (tierWord === undefined) {
        const { tiers: chosen } = await loadTenantModels(store, context)
        return tiers
          .map(
            (tier) => `${tier.padEnd(8)}  ${(chosen[tier] ?? defaultModels(parts.config, tier)).join(', ')}`,
          )
          .join('\n')
      }
      const tier = tierFrom(tierWord)
      if (names === undefined)
        throw invalid('Say which models, as in models quick anthropic/claude-haiku-5-5.')
      const chosen = names === 'default' ? undefined : names.split(',').map((name) => name.trim())
      for (const name of chosen ?? []) checkName(name)
      await setTier(store, context, { tier, names: chosen })
      return chosen ? `${tier}: ${chosen.join(', ')}` : `${tier} has the default models again.`
    },
  },
  {
    name: 'key',
    usage: 'key PROVIDER [forget]',
    help: 'keep a key of your own for anthropic or openai, sealed; or forget it',
    async run({ context, store }, words) {
      const provider = keyedProviders.find((name) => name === words[0])
      if (!provider) throw invalid(`Name the provider: ${keyedProviders.join(' or ')}.`)
      if (words[1] === 'forget') return forget(await dropProviderKey(store, context, { provider }), provider)
      const key = await readSecret(`Key for ${provider}: `)
      if (!/^[\x21-\x7e]{8,500}$/.test(key))
        throw invalid('That is no key: one word of at least 8 characters.')
      await setProviderKey(store, context, { provider, key })
      const kept = await listProviderKeys(store, context)
      return `Kept, sealed, for ${kept.map((row) => row.provider).join(' and ')}. It is used from the next brief on.`
    },
  },
]

function forget(wasThere: boolean, provider: KeyedProvider): string {
  return wasThere ? `The key for ${provider} is forgotten.` : `There was no key for ${provider}.`
}

function tierFrom(word: string): Tier {
  const tier = tiers.find((name) => name === word)
  if (!tier) throw invalid(`There is no such tier. Say one of: ${tiers.join(', ')}.`)
  return tier
}

/** A model without a price could not be held to a cap. A server of one's own says itself what it has. */
function checkName(name: string): void {
  const [provider = '', ...rest] = name.split('/')
  const model = rest.join('/')
  if (provider === 'compatible' && model !== '') return
  if (!priceOf(provider, model)) {
    throw invalid(
      `Loom knows no price for ${name}, so it does not call it. See src/core/prices.ts for those it knows.`,
    )
  }
}

function invalid(message: string): LoomError {
  return new LoomError({ kind: 'invalid_input', message })
}
