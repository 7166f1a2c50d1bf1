import { acrossTenants, inTenant, type Store, type TenantContext } from '../database.ts'
import type { Deed } from '../ledger/entries.ts'
import { recordDeed } from '../ledger/follow.ts'
import { claimTimers } from '../timers.ts'
import type { Counts } from './tombstones.ts'

export interface DueErasure {
  tenantId: string
  tombstoneId: string
}

/**
 * Claims erasures of all tenants that are due, the longest due first, for `claimMs`: whoever takes longer, or dies, leaves
 * them to others then, who repeat nothing but what is left. Ids only.
 */
export async function claimErasures(
  store: Store,
  input: { limit: number; claimMs: number },
): Promise<DueErasure[]> {
  const due = await claimTimers(store, { kind: 'erasure', ...input })
  return due.map(({ subjectId, tenantId }) => ({ tenantId, tombstoneId: subjectId }))
}

/** A claimed erasure is looked at again then. Stands outside the tenant's wall, which may be shut. */
export async function lookAtErasureAgain(
  store: Store,
  { dueAtMs, tenantId, tombstoneId }: DueErasure & { dueAtMs: number },
): Promise<void> {
  const dueAt = new Date(dueAtMs).toISOString()
  await acrossTenants(
    store,
    ({ sql }) => sql`
      update loom.timers set due_at = ${dueAt}::timestamptz
      where kind = 'erasure' and subject_id = ${tombstoneId} and tenant_id = ${tenantId}`,
  )
}

/** One that was undone, or that somebody else ended, is due no more. */
export async function dropErasure(store: Store, { tenantId, tombstoneId }: DueErasure): Promise<void> {
  await inTenant(
    store,
    tenantId,
    ({ sql }) => sql`
      delete from loom.timers t
      where t.kind = 'erasure' and t.subject_id = ${tombstoneId} and t.tenant_id = ${tenantId} and not exists (
        select 1 from loom.tombstones b where b.id = t.subject_id and b.undone_at is null and b.purged_at is null)`,
  )
}

/** All is gone: the receipt is written into the ledger and kept here. Idempotent but for a second receipt. */
export async function endErasure(
  store: Store,
  context: TenantContext,
  input: {
    tombstoneId: string
    receipt: (at: string) => Extract<Deed, { counts: Counts }>
  },
): Promise<void> {
  const { tombstoneId } = input
  const { tenantId } = context
  let counts: Counts = {}
  await recordDeed(store, async (nowMs) => {
    const deed = input.receipt(new Date(nowMs).toISOString())
    counts = deed.counts
    return deed
  })
  const now = new Date(store.now()).toISOString()
  await inTenant(store, tenantId, async ({ sql }) => {
    await sql`
      update loom.tombstones set purged_at = ${now}::timestamptz, counts = ${JSON.stringify(counts)}::text::jsonb
      where id = ${tombstoneId} and purged_at is null`
  })
  await acrossTenants(
    store,
    ({ sql }) => sql`
      delete from loom.timers where kind = 'erasure' and subject_id = ${tombstoneId} and tenant_id = ${tenantId}`,
  )
}
