import { inTenant, type Store } from '../database.ts'
import type { DueDelivery } from './claim.ts'

/** A claimed delivery stays with its holder for `leaseMs` more; for what takes longer to send than a claim lasts. */
export async function keepDelivery(
  store: Store,
  input: DueDelivery & { holder: string; leaseMs: number },
): Promise<void> {
  await inTenant(
    store,
    input.tenantId,
    ({ sql }) => sql`
      update loom.due_deliveries set lease_until = now() + ${input.leaseMs} * interval '1 millisecond'
      where delivery_id = ${input.deliveryId} and tenant_id = ${input.tenantId} and holder = ${input.holder}`,
  )
}
