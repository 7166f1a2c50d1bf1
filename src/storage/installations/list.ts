import type { InstallationKind, Platform } from '../../core/words.ts'
import { acrossTenants, inTenant, type Store, type TenantContext } from '../database.ts'

/** The accounts that ever installed Loom on a platform. For whoever must look after all of them. */
export async function tenantsOn(store: Store, input: { platform: Platform }): Promise<string[]> {
  const rows = await acrossTenants(
    store,
    ({ sql }) => sql<{ tenant_id: string }[]>`
      select distinct tenant_id from loom.directory where kind = ${`installation:${input.platform}`}`,
  )
  return rows.map((row) => row.tenant_id)
}

export interface ListedInstallation {
  installationId: string
  kind: InstallationKind
  externalId: string
}

/** The account's installations on a platform that are not revoked. */
export async function listInstallations(
  store: Store,
  context: TenantContext,
  input: { platform: Platform },
): Promise<ListedInstallation[]> {
  const sealer = await store.vault.sealer(context.tenantId, 'content')
  const rows = await inTenant(
    store,
    context.tenantId,
    ({ sql }) => sql<{ id: string; kind: InstallationKind; external_sealed: Uint8Array }[]>`
      select id, kind, external_sealed from loom.installations
      where platform = ${input.platform} and revoked_at is null order by created_at, id`,
  )
  return rows.map(({ external_sealed, id, kind }) => ({
    installationId: id,
    kind,
    externalId: sealer.openText(`installations.external:${id}`, external_sealed),
  }))
}
