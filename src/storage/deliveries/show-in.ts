import type { Sealer } from '../../core/ports.ts'
import type { Store, Tx } from '../database.ts'
import { openAsked } from './asked.ts'
import { dueNow } from './due.ts'
import { openDelivery } from './open.ts'

interface Deps {
  store: Store
  tx: Tx
  sealer: Sealer
}

interface Place {
  tenantId: string
  jobId: string
  threadId: string
  address: string
}

/**
 * Puts what a locked job shows now on its way to one more thread: its card and what it asks, or, once it has ended, its
 * card and answer. What was withdrawn there before comes back in its place. Idempotent.
 */
export async function showIn(deps: Deps, input: Place & { ended: boolean }): Promise<void> {
  const { ended, ...place } = input
  await bringBack(deps, place)
  await openDelivery(deps, { ...place, kind: 'card' })
  if (ended) return void (await openDelivery(deps, { ...place, kind: 'answer' }))
  for (const { id, kind } of await openAsked(deps.tx, place)) {
    await openDelivery(deps, { ...place, kind, subject: id })
  }
}

/** One that was not confirmed may stand there all the same: it is looked for before it is posted. */
async function bringBack(deps: Deps, place: Place): Promise<void> {
  const { address, jobId, tenantId, threadId } = place
  const back = await deps.tx.sql<{ id: string }[]>`
    update loom.deliveries set state = 'pending', attempts = case when ref_sealed is null then 1 else 0 end
    where job_id = ${jobId} and thread_id = ${threadId} and state = 'withdrawn' and kind <> 'notice' returning id`
  for (const { id } of back) await dueNow(deps, { tenantId, jobId, deliveryId: id, address })
}

/** What a job shows in one thread stays as it is from now on, and nothing of it goes there any more. */
export async function hideIn({ tx }: Pick<Deps, 'tx'>, input: Omit<Place, 'address'>): Promise<void> {
  const { jobId, tenantId, threadId } = input
  await tx.sql`
    with withdrawn as (
      update loom.deliveries set state = 'withdrawn'
      where job_id = ${jobId} and thread_id = ${threadId}
        and (state = 'pending' or kind in ('card', 'question', 'approval')) returning id
    )
    delete from loom.due_deliveries u using withdrawn w where u.delivery_id = w.id and u.tenant_id = ${tenantId}`
}
