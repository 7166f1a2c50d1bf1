import type { ExportForm, ExportState } from '../../core/exports.ts'
import { inTenant, type Store, type TenantContext } from '../database.ts'
import { claimTimers, clearTimer } from '../timers.ts'

export interface DueExport {
  tenantId: string
  exportId: string
}

/**
 * Claims exports of all tenants that want attention, to be made or to be removed, the longest due first, for `claimMs`.
 * Whoever takes longer is asked again, and finds the account's lock taken. Ids only.
 */
export async function claimExports(
  store: Store,
  input: { limit: number; claimMs: number },
): Promise<DueExport[]> {
  const due = await claimTimers(store, { kind: 'export', ...input })
  return due.map(({ subjectId, tenantId }) => ({ tenantId, exportId: subjectId }))
}

export interface ExportRow {
  form: ExportForm
  identityId: string
  state: ExportState
  tries: number
  madeAtMs: number | undefined
}

/** An export as it stands now; `undefined` when its days are over. */
export async function loadExport(
  store: Store,
  context: TenantContext,
  { exportId }: { exportId: string },
): Promise<ExportRow | undefined> {
  const [row] = await inTenant(
    store,
    context.tenantId,
    ({ sql }) => sql<
      { form: ExportForm; identity_id: string; state: ExportState; tries: number; made_at: number | null }[]
    >`
      select form, identity_id, state, tries, extract(epoch from made_at)::float8 * 1000 as made_at
      from loom.exports where id = ${exportId}`,
  )
  if (!row) return undefined
  const { form, identity_id: identityId, made_at: madeAt, state, tries } = row
  return { form, identityId, state, tries, madeAtMs: madeAt ?? undefined }
}

/** Counts one more begin of making it. Answers whether it still waits to be made. */
export async function beginExport(
  store: Store,
  context: TenantContext,
  { exportId }: { exportId: string },
): Promise<boolean> {
  const rows = await inTenant(
    store,
    context.tenantId,
    ({ sql }) => sql`
      update loom.exports set tries = tries + 1 where id = ${exportId} and state = 'asked' returning id`,
  )
  return rows.length > 0
}

/** The ZIP is gone, so nothing is to be done any more. Idempotent. */
export async function endExport(
  store: Store,
  context: TenantContext,
  { exportId }: { exportId: string },
): Promise<void> {
  await inTenant(store, context.tenantId, (tx) =>
    clearTimer(tx, context, { kind: 'export', subjectId: exportId }),
  )
}
