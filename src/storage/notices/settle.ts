import type { NoticeState } from '../../core/notices.ts'
import { acrossTenants, inTenant, type Store, type TenantContext } from '../database.ts'
import { clearTimer, setTimer } from '../timers.ts'

/**
 * A notice came to its end: the mail server has taken it, or it never will be. One that has ended stays as it ended.
 * Idempotent.
 */
export async function endNotice(
  store: Store,
  context: TenantContext,
  input: { noticeId: string; state: Exclude<NoticeState, 'open'> },
): Promise<void> {
  const { noticeId, state } = input
  const sentAt = state === 'sent' ? new Date(store.now()).toISOString() : null
  await inTenant(store, context.tenantId, async (tx) => {
    await tx.sql`
      update loom.notices set state = ${state}, attempts = attempts + 1, sent_at = ${sentAt}::timestamptz
      where id = ${noticeId} and state = 'open'`
    await clearTimer(tx, context, { kind: 'notice', subjectId: noticeId })
  })
}

/** It was not taken and is tried again then; one that has ended is left alone. */
export async function postponeNotice(
  store: Store,
  context: TenantContext,
  input: { noticeId: string; dueAtMs: number },
): Promise<void> {
  const { dueAtMs, noticeId } = input
  await inTenant(store, context.tenantId, async (tx) => {
    const open = await tx.sql`
      update loom.notices set attempts = attempts + 1 where id = ${noticeId} and state = 'open' returning id`
    if (open.length > 0) await setTimer(tx, context, { kind: 'notice', subjectId: noticeId, dueAtMs })
  })
}

/** Nothing is to be sent any more: the notice, or its account, is not there. The account is not entered. Idempotent. */
export async function dropNotice(
  store: Store,
  context: TenantContext,
  { noticeId }: { noticeId: string },
): Promise<void> {
  await acrossTenants(store, (tx) => clearTimer(tx, context, { kind: 'notice', subjectId: noticeId }))
}
