import { LoomError } from '../../core/errors.ts'
import { type InstallationSettings, installationSettings } from '../../core/installation.ts'
import type { Sealer } from '../../core/ports.ts'
import type { InstallationKind, Platform } from '../../core/words.ts'
import { acrossTenants, inTenant, type Store, type TenantContext } from '../database.ts'

export interface Installed {
  tenantId: string
  installationId: string
  settings: InstallationSettings
  scopes: readonly string[]
  revoked: boolean
}

/** The installation behind an outside id that the platform vouched for, and whose it is; `undefined` for a stranger. */
export async function findInstallation(
  store: Store,
  input: { platform: Platform; kind: InstallationKind; externalId: string },
): Promise<Installed | undefined> {
  const { externalId, kind, platform } = input
  const hash = await store.vault.directoryHash(`${platform}:${kind}`, externalId)
  const [entry] = await acrossTenants(
    store,
    ({ sql }) => sql<{ tenant_id: string }[]>`
      select tenant_id from loom.directory where kind = ${`installation:${platform}`} and hash = ${hash}`,
  )
  if (!entry) return undefined
  const tenantId = entry.tenant_id
  const sealer = await sealerOf(store, tenantId)
  // An account that is being made at this moment, or whose keys were destroyed: there is nothing to find in it.
  if (!sealer) return undefined
  const externalHash = sealer.hash('installation', `${platform}:${kind}:${externalId}`)
  return inTenant(store, tenantId, async ({ sql }) => {
    const [row] = await sql<Row[]>`
      select id, settings, scopes, revoked_at is not null as revoked from loom.installations
      where platform = ${platform} and kind = ${kind} and external_hash = ${externalHash}`
    return row && { tenantId, ...installedOf(row) }
  })
}

/** An installation by its id, with the outside id that it stands for. */
export async function loadInstallation(
  store: Store,
  context: TenantContext,
  input: { installationId: string },
): Promise<(Installed & { platform: Platform; kind: InstallationKind; externalId: string }) | undefined> {
  const { tenantId } = context
  const sealer = await store.vault.sealer(tenantId, 'content')
  return inTenant(store, tenantId, async ({ sql }) => {
    const [row] = await sql<
      (Row & { platform: Platform; kind: InstallationKind; external_sealed: Uint8Array })[]
    >`
      select id, settings, scopes, revoked_at is not null as revoked, platform, kind, external_sealed
      from loom.installations where id = ${input.installationId}`
    if (!row) return undefined
    const externalId = sealer.openText(`installations.external:${row.id}`, row.external_sealed)
    return { tenantId, ...installedOf(row), platform: row.platform, kind: row.kind, externalId }
  })
}

async function sealerOf(store: Store, tenantId: string): Promise<Sealer | undefined> {
  return store.vault.sealer(tenantId, 'content').catch((thrown: unknown) => {
    if (thrown instanceof LoomError && thrown.kind === 'not_found') return undefined
    throw thrown
  })
}

interface Row {
  id: string
  settings: unknown
  scopes: string[]
  revoked: boolean
}

function installedOf(row: Row): Omit<Installed, 'tenantId'> {
  return {
    installationId: row.id,
    settings: installationSettings.parse(row.settings),
    scopes: row.scopes,
    revoked: row.revoked,
  }
}
