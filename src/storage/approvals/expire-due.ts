import { toLoomError } from '../../core/errors.ts'
import { acrossTenants, inTenant, type Store, type TenantContext } from '../database.ts'
import { setTimer } from '../timers.ts'
import { expireApproval } from './press.ts'

/** How many are looked at in one turn; the others come in the next. */
const mostInATurn = 25

/** How long one that cannot be ended rests, so that it does not stand in the way of the others. */
const restMs = 60_000

/** Approvals of all tenants whose time has run out, the longest due first. Ids only. */
export async function dueApprovals(store: Store): Promise<{ approvalId: string; tenantId: string }[]> {
  const now = new Date(store.now()).toISOString()
  const rows = await acrossTenants(
    store,
    ({ sql }) => sql<{ tenant_id: string; subject_id: string }[]>`
      select tenant_id, subject_id from loom.timers
      where kind = 'approval' and due_at <= ${now}::timestamptz order by due_at, subject_id limit ${mostInATurn}`,
  )
  return rows.map((row) => ({ approvalId: row.subject_id, tenantId: row.tenant_id }))
}

/**
 * Ends the approvals that nobody pressed in time, so that no job waits for ever. Answers how many tasks may go on: they
 * wait in the lane `worker`. Any number of processes may call it at once; `unavailable` is thrown when the database
 * does not answer.
 */
export async function expireDueApprovals(store: Store): Promise<number> {
  let expired = 0
  for (const { approvalId, tenantId } of await dueApprovals(store)) {
    const context: TenantContext = { tenantId, actor: { kind: 'system' } }
    try {
      const jobId = await expireApproval(store, context, { approvalId })
      if (jobId === undefined) continue
      expired += 1
      store.log.info({ tenantId, jobId, approvalId }, 'an approval ran out')
    } catch (thrown) {
      const error = toLoomError(thrown)
      store.log.error(
        { tenantId, approvalId, kind: error.kind, detail: error.detail },
        'an approval cannot be ended',
      )
      const timer = { kind: 'approval', subjectId: approvalId, dueAtMs: store.now() + restMs } as const
      await inTenant(store, tenantId, (tx) => setTimer(tx, context, timer))
    }
  }
  return expired
}
