import type { ExportForm } from '../../core/exports.ts'
import { dayMs, keepDays } from '../../core/keep-days.ts'
import { inTenant, type Store, type TenantContext } from '../database.ts'

/**
 * An export that a link opens: made less than a day ago, in an account that is there. One that
 * may hold what somebody has had forgotten since opens for nobody. `undefined` otherwise.
 */
export async function openExport(
  store: Store,
  context: TenantContext,
  { exportId }: { exportId: string },
): Promise<{ form: ExportForm; madeAtMs: number } | undefined> {
  const since = new Date(store.now() - keepDays.export * dayMs).toISOString()
  const [row] = await inTenant(
    store,
    context.tenantId,
    ({ sql }) => sql<{ form: ExportForm; made_at: number }[]>`
      select form, extract(epoch from made_at)::float8 * 1000 as made_at from loom.exports e
      where id = ${exportId} and state = 'made' and made_at > ${since}::timestamptz
        and not exists (
          select 1 from loom.tombstones t
          where t.subject_kind = 'identity' and t.undone_at is null and t.requested_at >= e.created_at)`,
  )
  return row && { form: row.form, madeAtMs: row.made_at }
}
