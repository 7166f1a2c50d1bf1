import { endedStates } from '../../core/job-states.ts'
import { atOnceInTenant, type Store } from '../database.ts'

/**
 * Of claimed deliveries of one account, puts those back that are cards of which nothing is new: they are looked at again
 * `nextInMs` later. Answers which those are. One round trip for all of them: most cards that stand in chats are idle, and
 * a job that waits for an answer may be so for days.
 */
export async function restIdleCards(
  store: Store,
  input: { tenantId: string; deliveryIds: readonly string[]; holder: string; nextInMs: number },
): Promise<string[]> {
  const { deliveryIds, holder, nextInMs, tenantId } = input
  const ended = endedStates as unknown as string[]
  const [rows] = await atOnceInTenant<[{ id: string }[]]>(store, tenantId, ({ sql }) => [
    // The due rows stand outside the tenant's wall: the statement itself keeps to it.
    sql<{ id: string }[]>`
      with idle as (
        select d.id from loom.deliveries d join loom.jobs j on j.id = d.job_id
        where d.id = any(${[...deliveryIds]}::uuid[]) and d.kind = 'card' and d.ref_sealed is not null
          and d.shown_seq = j.event_seq and j.state <> all(${ended}::text[])
      )
      update loom.due_deliveries u
      set due_at = now() + ${nextInMs} * interval '1 millisecond', holder = null, lease_until = null
      from idle where u.delivery_id = idle.id and u.tenant_id = ${tenantId} and u.holder = ${holder}
      returning u.delivery_id as id`,
  ])
  return rows.map(({ id }) => id)
}
