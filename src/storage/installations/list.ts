import type { Platform } from '../../core/words.ts'
import { inTenant, type Store, type TenantContext } from '../database.ts'

/** The installations of an account on a platform that are not revoked. */
export async function listInstallations(
  store: Store,
  context: TenantContext,
  input: { platform: Platform },
): Promise<string[]> {
  const rows = await inTenant(
    store,
    context.tenantId,
    ({ sql }) => sql<{ id: string }[]>`
      select id from loom.installations where platform = ${input.platform} and revoked_at is null order by id`,
  )
  return rows.map(({ id }) => id)
}
