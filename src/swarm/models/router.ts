import { LoomError } from '../../core/errors.ts'
import { keepFor } from '../../core/keep-for.ts'
import type { ModelPort } from '../../core/model.ts'
import { type Price, priceOf } from '../../core/prices.ts'
import type { KeyedProvider, Tier } from '../../core/words.ts'
import type { TenantModels } from '../../storage/models/load.ts'
import { defaultTiers, type ModelName, splitName } from './catalog.ts'
import type { ModelChoice } from './choice.ts'

/** How long a client, and with it a tenant's key, stays in memory. */
const portsKeptMs = 5 * 60_000

/** A provider that the settings name. `open` loads its client, which is hundreds of files, at the first use. */
export interface Provider {
  provider: string
  open(key: string | undefined): Promise<ModelPort>
  /** Its own models by tier, for one that is not in the catalog. */
  models?: Readonly<Record<Tier, string>>
  priceOf?(model: string): Price | undefined
}

/** A provider that a tenant's own key opens, and whether the installation has a key for it too. */
export type KeyedAccess = Provider & { provider: KeyedProvider; hasKey: boolean }

export interface ModelRouter {
  /** The models that a step of the tier may go to, the first wish first; at least one. */
  choices(input: { tenantId: string; models: TenantModels; tier: Tier }): Promise<readonly ModelChoice[]>
}

/** The models of a tier for those who chose none: the catalog's, then that of a server of one's own. */
export function defaultNames(
  own: Pick<Provider, 'provider' | 'models'> | undefined,
  tier: Tier,
): readonly ModelName[] {
  const model = own?.models?.[tier]
  return own && model ? [...defaultTiers[tier], `${own.provider}/${model}`] : defaultTiers[tier]
}

/**
 * Finds the models of a tier for an account: what it chose, else the catalog's, of those providers for which there is a
 * key; a server of one's own comes last. An account's own key takes the place of ours and never falls back to it.
 * `stepIn` answers where no provider has a key: the rehearsal model, or nothing. Throws `invalid_input`, in words for
 * the account's owner, when none of the models can be called.
 */
export function createRouter(deps: {
  keyed: readonly KeyedAccess[]
  own: Provider | undefined
  stepIn: (() => Promise<ModelChoice>) | undefined
}): ModelRouter {
  const ports = keepFor<ModelPort>(portsKeptMs)
  const open = (account: string, provider: Provider, key: string | undefined): Promise<ModelPort> =>
    ports(account, () => provider.open(key))

  const namesFor = (models: TenantModels, tier: Tier): readonly ModelName[] => {
    const chosen = models.tiers[tier]
    if (chosen && chosen.length > 0) return chosen as readonly ModelName[]
    return defaultNames(deps.own, tier)
  }

  const choose = async (input: {
    tenantId: string
    models: TenantModels
    name: ModelName
  }): Promise<ModelChoice[]> => {
    const { provider, model } = splitName(input.name)
    if (deps.own?.provider === provider) {
      const price = deps.own.priceOf?.(model)
      return price
        ? [{ port: await open(provider, deps.own, undefined), model, price, account: provider }]
        : []
    }
    const access = deps.keyed.find((candidate) => candidate.provider === provider)
    const price = priceOf(provider, model)
    if (!access || !price) return []
    const key = input.models.keys[access.provider]
    if (!key && !access.hasKey) return []
    const account = key ? `${provider} ${input.tenantId} ${key.keyId}` : provider
    return [{ port: await open(account, access, key?.key), model, price, account }]
  }

  return {
    async choices({ models, tenantId, tier }) {
      const names = namesFor(models, tier)
      const found = await Promise.all(names.map((name) => choose({ tenantId, models, name })))
      const choices = found.flat()
      if (choices.length > 0) return choices
      const hasProvider =
        deps.own || deps.keyed.some(({ hasKey, provider }) => hasKey || models.keys[provider])
      if (!hasProvider && deps.stepIn) return [await deps.stepIn()]
      throw new LoomError({
        kind: 'invalid_input',
        message: `No model of the tier ${tier} can be called: ${names.join(', ')}. Set a key for one of their providers, or choose others with npm run loom -- models.`,
      })
    },
  }
}
