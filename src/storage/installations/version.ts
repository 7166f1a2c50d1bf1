import { atOnceInTenant, type Store, type TenantContext } from '../database.ts'

/**
 * What changes whenever an installation does: its settings, its tokens, its scopes. `undefined` for one that is revoked
 * or not there. One round trip, for whoever keeps an installation in memory while other processes change it.
 */
export async function installationVersion(
  store: Store,
  context: TenantContext,
  input: { installationId: string },
): Promise<string | undefined> {
  const [[row]] = await atOnceInTenant<[{ version: string }[]]>(store, context.tenantId, ({ sql }) => [
    sql<{ version: string }[]>`
      select xmin::text as version from loom.installations where id = ${input.installationId} and revoked_at is null`,
  ])
  return row?.version
}
