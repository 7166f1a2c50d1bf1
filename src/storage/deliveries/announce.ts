import type { Sealer } from '../../core/ports.ts'
import { parseThreadId } from '../../core/thread-id.ts'
import type { DeliveryKind } from '../../core/words.ts'
import type { Store, Tx } from '../database.ts'
import { openDelivery, threadHash } from './open.ts'

interface Deps {
  store: Store
  tx: Tx
  sealer: Sealer
}

interface Subject {
  tenantId: string
  jobId: string
  kind: DeliveryKind
  subject: string
}

/** Puts a message on its way to every thread in which the job lives. Idempotent by kind and subject. */
export async function announce(deps: Deps, input: Subject): Promise<void> {
  const threads = await deps.tx.sql<{ id: string; address: string }[]>`
    select t.id, t.address from loom.job_threads jt join loom.threads t on t.id = jt.thread_id
    where jt.job_id = ${input.jobId} and jt.live`
  for (const { address, id } of threads) await openDelivery(deps, { ...input, threadId: id, address })
}

/** What was announced has changed: it is looked at anew, and edited where it was posted. */
export async function announceAgain(deps: Deps, input: Subject): Promise<void> {
  const { jobId, kind, subject, tenantId } = input
  const { sql } = deps.tx
  const shown = await sql<{ id: string; address: string }[]>`
    update loom.deliveries d set state = 'pending', attempts = 0 from loom.threads t
    where t.tenant_id = d.tenant_id and t.id = d.thread_id and d.job_id = ${jobId} and d.kind = ${kind}
      and d.subject = ${subject}
    returning d.id, t.address`
  for (const { address, id } of shown) {
    const { platform } = parseThreadId(address)
    await sql`
      insert into loom.due_deliveries as d (delivery_id, tenant_id, job_id, platform, thread_hash, due_at)
      values (${id}, ${tenantId}, ${jobId}, ${platform}, ${threadHash(deps.sealer, address)}, now())
      on conflict (delivery_id) do update set due_at = excluded.due_at where d.tenant_id = excluded.tenant_id`
  }
}
