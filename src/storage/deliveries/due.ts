import type { Sealer } from '../../core/ports.ts'
import { parseThreadId } from '../../core/thread-id.ts'
import type { Tx } from '../database.ts'
import { threadHash } from './open.ts'

/** Has a delivery looked at now, whether it was looked at before or not. */
export async function dueNow(
  deps: { tx: Tx; sealer: Sealer },
  input: { tenantId: string; jobId: string; deliveryId: string; address: string },
): Promise<void> {
  const { address, deliveryId, jobId, tenantId } = input
  const { platform } = parseThreadId(address)
  await deps.tx.sql`
    insert into loom.due_deliveries as d (delivery_id, tenant_id, job_id, platform, thread_hash, due_at)
    values (${deliveryId}, ${tenantId}, ${jobId}, ${platform}, ${threadHash(deps.sealer, address)}, now())
    on conflict (delivery_id) do update set due_at = excluded.due_at where d.tenant_id = excluded.tenant_id`
}
