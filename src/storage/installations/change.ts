import { type InstallationSettings, installationSettings } from '../../core/installation.ts'
import { audit } from '../audit.ts'
import { inTenant, type Store, type TenantContext, type Tx } from '../database.ts'

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
    if (change.channelDayCapMicroUsd) await capToday(tx, { installationId: id, day: today(store) })
    const subject = { subjectKind: 'installation', subjectId: id }
    await audit({ store, tx, sealer }, context, { action: 'installation.change', ...subject })
  })
}

function today(store: Store): string {
  return new Date(store.now()).toISOString().slice(0, 10)
}

/** What jobs of today still run through takes its new cap at once, or the month's where a channel has none any more. */
async function capToday({ sql }: Tx, input: { installationId: string; day: string }): Promise<void> {
  await sql`
    update loom.budgets b
    set cap_micro_usd = coalesce((i.settings -> 'channelDayCapMicroUsd' ->> split_part(b.key, ':', 2))::bigint,
                                 n.month_cap_micro_usd)
    from loom.installations i, loom.tenants n
    where i.id = ${input.installationId} and b.scope = 'channel_day' and split_part(b.key, ':', 3) = ${input.day}
      and exists (
        select 1 from loom.threads t where t.installation_id = i.id
          and split_part(t.address, ':', 1) = split_part(b.key, ':', 1)
          and split_part(t.address, ':', 2) = split_part(b.key, ':', 2))`
}

/** What a thread of an installation is told once: how data is used and what the cap is; what Loom does not see there. */
type Told = 'informedAtMs' | 'unseenToldAtMs'

/** True for exactly one caller: who tells it. */
export async function claimInforming(
  store: Store,
  context: TenantContext,
  input: { installationId: string; of?: Told },
): Promise<boolean> {
  const { of: told = 'informedAtMs' } = input
  const at = JSON.stringify({ [told]: store.now() })
  const claimed = await inTenant(
    store,
    context.tenantId,
    ({ sql }) => sql`
      update loom.installations set settings = settings || ${at}::text::jsonb
      where id = ${input.installationId} and settings -> ${told}::text is null returning id`,
  )
  return claimed.length > 0
}
