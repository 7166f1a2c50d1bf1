import { z } from 'zod'
import { type KeyedProvider, keyedProviders, type Tier, tiers } from '../../core/words.ts'
import { inTenant, type Store, type TenantContext } from '../database.ts'

/** What an account chose of its models, and the keys of its own. */
export interface TenantModels {
  /** By tier the names (`provider/model`) in their order; a tier that is missing has the default ones. */
  tiers: Partial<Record<Tier, readonly string[]>>
  keys: Partial<Record<KeyedProvider, { keyId: string; key: string }>>
}

const chosen = z.object({ models: z.partialRecord(z.enum(tiers), z.array(z.string())).optional() })

/** The account's choice of models with its keys opened. Needs a vault that may open `integrations` when there are keys. */
export async function loadTenantModels(store: Store, context: TenantContext): Promise<TenantModels> {
  const { tenantId } = context
  const { rows, settings } = await inTenant(store, tenantId, async ({ sql }) => {
    const [tenants, rows] = await Promise.all([
      sql<{ settings: unknown }[]>`select settings from loom.tenants`,
      sql<{ provider: KeyedProvider; key_id: string; key_sealed: Uint8Array }[]>`
        select provider, key_id, key_sealed from loom.provider_keys`,
    ])
    return { settings: tenants[0]?.settings ?? {}, rows }
  })
  const { models: tierModels = {} } = chosen.parse(settings)
  if (rows.length === 0) return { tiers: tierModels, keys: {} }
  const sealer = await store.vault.sealer(tenantId, 'integrations')
  const keys = rows.map((row) => {
    const key = sealer.openText(`provider_keys.key:${row.key_id}`, row.key_sealed)
    return [row.provider, { keyId: row.key_id, key }] as const
  })
  return { tiers: tierModels, keys: Object.fromEntries(keys) }
}

/** Which providers the account has a key of its own for, without opening them. */
export async function listProviderKeys(
  store: Store,
  context: TenantContext,
): Promise<{ provider: KeyedProvider; createdAtMs: number }[]> {
  return inTenant(store, context.tenantId, async ({ sql }) => {
    const rows = await sql<{ provider: KeyedProvider; created: number }[]>`
      select provider, extract(epoch from created_at)::float8 * 1000 as created from loom.provider_keys order by provider`
    return rows
      .filter((row) => keyedProviders.includes(row.provider))
      .map((row) => ({ provider: row.provider, createdAtMs: row.created }))
  })
}
