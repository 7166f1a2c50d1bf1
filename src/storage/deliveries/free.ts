import { onceAcrossTenants, type Store } from '../database.ts'
import { holderIsGone } from '../leases/holder-is-gone.ts'

/**
 * Ends the claims of processes that are gone, long before their lease: the next claim of such a delivery says that the
 * platform may have taken it. A terminal has no presence and claims for moments only: it is left alone. Answers how many.
 */
export async function freeLostDeliveries(
  store: Store,
  input: { leaseMs: number; silentMs: number },
): Promise<number> {
  const rows = await onceAcrossTenants(
    store,
    (sql) => sql`
      update loom.due_deliveries r set lease_until = '-infinity'
      where r.holder is not null and r.platform <> 'local' and r.lease_until > now() and ${holderIsGone(sql, input)}
      returning 1`,
  )
  return rows.length
}
