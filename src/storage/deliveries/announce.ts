import type { Sealer } from '../../core/ports.ts'
import type { DeliveryKind } from '../../core/words.ts'
import type { Store, Tx } from '../database.ts'
import { dueNow } from './due.ts'
import { openDelivery } from './open.ts'

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
export async function announce(deps: Deps, input: Subject & { text?: string }): Promise<void> {
  const threads = await deps.tx.sql<{ id: string; address: string }[]>`
    select t.id, t.address from loom.job_threads jt join loom.threads t on t.id = jt.thread_id
    where jt.job_id = ${input.jobId} and jt.live`
  for (const { address, id } of threads) await openDelivery(deps, { ...input, threadId: id, address })
}

/** What was announced has changed: it is looked at anew, and edited where it was posted and is still followed. */
export async function announceAgain(deps: Deps, input: Subject): Promise<void> {
  const { jobId, kind, subject, tenantId } = input
  const shown = await deps.tx.sql<{ id: string; address: string }[]>`
    update loom.deliveries d set state = 'pending', attempts = 0 from loom.threads t
    where t.tenant_id = d.tenant_id and t.id = d.thread_id and d.job_id = ${jobId} and d.kind = ${kind}
      and d.subject = ${subject}
      and exists (select 1 from loom.job_threads jt where jt.job_id = d.job_id and jt.thread_id = d.thread_id)
    returning d.id, t.address`
  for (const { address, id } of shown) await dueNow(deps, { tenantId, jobId, deliveryId: id, address })
}
