import type { KeyedProvider, Tier } from '../../core/words.ts'
import { audit } from '../audit.ts'
import { inTenant, type Store, type TenantContext } from '../database.ts'
import { providerKeys } from '../schema/index.ts'

/** Sets the models of a tier, in their order; with `undefined` the tier has the default ones again. Idempotent. */
export async function setTier(
  store: Store,
  context: TenantContext,
  input: { tier: Tier; names: readonly string[] | undefined },
): Promise<void> {
  const sealer = await store.vault.sealer(context.tenantId, 'content')
  await inTenant(store, context.tenantId, async (tx) => {
    const names = input.names === undefined ? null : JSON.stringify(input.names)
    await tx.sql`
      update loom.tenants set settings = case
        when ${names}::text is null then settings #- array['models', ${input.tier}::text]
        else jsonb_set(settings || jsonb_build_object('models', coalesce(settings -> 'models', '{}'::jsonb)),
                       array['models', ${input.tier}::text], ${names}::text::jsonb) end`
    await audit({ store, tx, sealer }, context, { action: 'models.set', subjectKind: 'tenant' })
  })
}

/** Keeps a provider's key for the account, in place of the one it had. */
export async function setProviderKey(
  store: Store,
  context: TenantContext,
  input: { provider: KeyedProvider; key: string },
): Promise<void> {
  const { tenantId } = context
  const [content, integrations] = await Promise.all([
    store.vault.sealer(tenantId, 'content'),
    store.vault.sealer(tenantId, 'integrations'),
  ])
  const keyId = store.newId()
  const keySealed = integrations.seal(`provider_keys.key:${keyId}`, input.key)
  const values = { keyId, keySealed, createdAt: new Date(store.now()) }
  await inTenant(store, tenantId, async (tx) => {
    await tx.db
      .insert(providerKeys)
      .values({ tenantId, provider: input.provider, ...values })
      .onConflictDoUpdate({ target: [providerKeys.tenantId, providerKeys.provider], set: values })
    const subject = { subjectKind: 'provider_key', subjectId: keyId }
    await audit({ store, tx, sealer: content }, context, { action: 'provider_key.set', ...subject })
  })
}

/** Forgets a provider's key of the account. Answers whether there was one. */
export async function dropProviderKey(
  store: Store,
  context: TenantContext,
  input: { provider: KeyedProvider },
): Promise<boolean> {
  const sealer = await store.vault.sealer(context.tenantId, 'content')
  return inTenant(store, context.tenantId, async (tx) => {
    const gone = await tx.sql<{ key_id: string }[]>`
      delete from loom.provider_keys where provider = ${input.provider} returning key_id`
    const [row] = gone
    if (!row) return false
    const subject = { subjectKind: 'provider_key', subjectId: row.key_id }
    await audit({ store, tx, sealer }, context, { action: 'provider_key.drop', ...subject })
    return true
  })
}
