import type { ErrorKind } from '../../core/errors.ts'
import { inTenant, type Store, type Tx } from '../database.ts'
import type { DueDelivery } from './claim.ts'

/**
 * The platform confirmed the message under `ref`. Idempotent. A delivery that is `last` is looked at no more: words that
 * stood in it alone have come where they were to come, and are kept here no longer.
 */
export async function markShown(
  store: Store,
  input: DueDelivery & { ref: string; shownSeq: number; last: boolean; nextInMs: number },
): Promise<void> {
  const sealer = await store.vault.sealer(input.tenantId, 'content')
  await inTenant(store, input.tenantId, async ({ sql }) => {
    await sql`
      update loom.deliveries
      set ref_sealed = ${sealer.seal(`deliveries.ref:${input.deliveryId}`, input.ref)},
          shown_seq = greatest(shown_seq, ${input.shownSeq}), state = case when ${input.last} then 'sent' else state end,
          body_sealed = case when ${input.last} then null else body_sealed end,
          sent_at = coalesce(sent_at, now()), error_kind = null, attempts = 0
      where id = ${input.deliveryId}`
    if (input.last) await forget({ sql }, input)
    else await again({ sql }, input)
  })
}

/**
 * The platform shows a question or an approval as it was in `state`, under `ref`. If that is no longer its state it is
 * looked at again at once, else not before it changes. Idempotent.
 */
export async function markAsked(
  store: Store,
  input: DueDelivery & { ref: string; kind: 'question' | 'approval'; subject: string; state: string },
): Promise<void> {
  const { deliveryId, kind, ref, state, subject, tenantId } = input
  const sealer = await store.vault.sealer(tenantId, 'content')
  await inTenant(store, tenantId, async (tx) => {
    // Locked, so that an answer on its way either is seen here or finds what is written here.
    const asked =
      kind === 'question'
        ? await tx.sql<{ state: string }[]>`select state from loom.questions where id = ${subject} for share`
        : await tx.sql<{ state: string }[]>`select state from loom.approvals where id = ${subject} for share`
    const isNew = asked[0] !== undefined && asked[0].state !== state
    await tx.sql`
      update loom.deliveries
      set ref_sealed = ${sealer.seal(`deliveries.ref:${deliveryId}`, ref)}, sent_at = coalesce(sent_at, now()),
          error_kind = null, attempts = 0, state = case when ${isNew} then 'pending' else 'sent' end
      where id = ${deliveryId}`
    if (isNew) await again(tx, { ...input, nextInMs: 0 })
    else await forget(tx, input)
  })
}

/** Nothing new to show: looked at again later. */
export async function lookAgain(store: Store, input: DueDelivery & { nextInMs: number }): Promise<void> {
  await inTenant(store, input.tenantId, (tx) => again(tx, input))
}

// The due rows stand outside the tenant's wall: here the statements themselves keep to it.

async function again({ sql }: Pick<Tx, 'sql'>, input: DueDelivery & { nextInMs: number }): Promise<void> {
  await sql`
    update loom.due_deliveries
    set due_at = now() + ${input.nextInMs} * interval '1 millisecond', holder = null, lease_until = null
    where delivery_id = ${input.deliveryId} and tenant_id = ${input.tenantId}`
}

async function forget({ sql }: Pick<Tx, 'sql'>, input: DueDelivery): Promise<void> {
  await sql`
    delete from loom.due_deliveries where delivery_id = ${input.deliveryId} and tenant_id = ${input.tenantId}`
}

/** The platform did not take it: tried again after `retryInMs`, or given up, words and all, when there is none. */
export async function markUnsent(
  store: Store,
  input: DueDelivery & { errorKind: ErrorKind; retryInMs: number | undefined },
): Promise<void> {
  await inTenant(store, input.tenantId, async (tx) => {
    const state = input.retryInMs === undefined ? 'failed' : 'pending'
    await tx.sql`
      update loom.deliveries
      set attempts = attempts + 1, error_kind = ${input.errorKind}, state = ${state},
          body_sealed = case when ${state} = 'failed' then null else body_sealed end
      where id = ${input.deliveryId}`
    if (input.retryInMs === undefined) {
      await forget(tx, input)
    } else {
      await again(tx, { ...input, nextInMs: input.retryInMs })
    }
  })
}
