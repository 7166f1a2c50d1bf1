import type { Platform } from '../../core/words.ts'
import { inTenant, type Store, type TenantContext } from '../database.ts'

/** The id of a person by what their platform calls them; `undefined` where Loom does not know them. */
export async function findIdentity(
  store: Store,
  context: TenantContext,
  { externalId, platform }: { platform: Platform; externalId: string },
): Promise<string | undefined> {
  const sealer = await store.vault.sealer(context.tenantId, 'content')
  const hash = sealer.hash('identity', `${platform}:${externalId}`)
  const [row] = await inTenant(
    store,
    context.tenantId,
    ({ sql }) => sql<{ id: string }[]>`
      select id from loom.identities where platform = ${platform} and external_hash = ${hash}`,
  )
  return row?.id
}
