import { inTenant, type Store, type TenantContext } from '../database.ts'

/** True for the first who comes with a key: what a platform may deliver twice is done by that one alone. */
export async function takeOnce(
  store: Store,
  context: TenantContext,
  input: { key: string; kind: string },
): Promise<boolean> {
  const { tenantId } = context
  const sealer = await store.vault.sealer(tenantId, 'content')
  const taken = await inTenant(
    store,
    tenantId,
    ({ sql }) => sql`
      insert into loom.inbox (tenant_id, key_hash, kind)
      values (${tenantId}, ${sealer.hash('inbox', input.key)}, ${input.kind}) on conflict do nothing returning kind`,
  )
  return taken.length > 0
}
