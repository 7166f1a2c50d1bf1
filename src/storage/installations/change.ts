import { type InstallationSettings, installationSettings } from '../../core/installation.ts'
import { audit } from '../audit.ts'
import { inTenant, type Store, type TenantContext } from '../database.ts'

/**
 * Changes what an installation is set to; what is named with `undefined` goes back to its default. Nothing happens to
 * one that is not there.
 */
export async function changeInstallation(
  store: Store,
  context: TenantContext,
  input: { installationId: string; change: Partial<InstallationSettings> },
): Promise<void> {
  const { change, installationId: id } = input
  const sealer = await store.vault.sealer(context.tenantId, 'content')
  await inTenant(store, context.tenantId, async (tx) => {
    const [row] = await tx.sql<{ settings: object }[]>`
      select settings from loom.installations where id = ${id} for update`
    if (!row) return
    const settings = JSON.stringify(installationSettings.parse({ ...row.settings, ...change }))
    await tx.sql`update loom.installations set settings = ${settings}::text::jsonb where id = ${id}`
    const subject = { subjectKind: 'installation', subjectId: id }
    await audit({ store, tx, sealer }, context, { action: 'installation.change', ...subject })
  })
}

/** True for exactly one caller: who tells the first thread of an installation how data is used and what the cap is. */
export async function claimInforming(
  store: Store,
  context: TenantContext,
  input: { installationId: string },
): Promise<boolean> {
  const at = JSON.stringify({ informedAtMs: store.now() })
  const claimed = await inTenant(
    store,
    context.tenantId,
    ({ sql }) => sql`
      update loom.installations set settings = settings || ${at}::text::jsonb
      where id = ${input.installationId} and settings -> 'informedAtMs' is null returning id`,
  )
  return claimed.length > 0
}
