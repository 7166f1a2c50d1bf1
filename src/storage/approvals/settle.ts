import type { Sealer } from '../../core/ports.ts'
import { audit } from '../audit.ts'
import type { Store, TenantContext, Tx } from '../database.ts'
import { announceAgain } from '../deliveries/announce.ts'
import { appendEvents } from '../events.ts'
import { wakeTask } from '../tasks/wake.ts'
import { clearTimer } from '../timers.ts'

export interface SettledApproval {
  id: string
  jobId: string
  taskId: string
  tool: string
}

const actions = { approved: 'approval.approve', denied: 'approval.deny', expired: 'approval.expire' } as const

/** Decides an open approval of a locked job: its task goes on, its message says so. The actor is who pressed. */
export async function settleApproval(
  deps: { store: Store; tx: Tx; sealer: Sealer },
  context: TenantContext,
  input: { approval: SettledApproval; state: keyof typeof actions },
): Promise<void> {
  const { state } = input
  const { id, jobId, taskId, tool } = input.approval
  const { actor, tenantId } = context
  const by = state !== 'expired' && actor.kind === 'person' ? actor.identityId : null
  const settled = await deps.tx.sql`
    update loom.approvals set state = ${state}, pressed_by = ${by}, pressed_at = now()
    where id = ${id} and state = 'open' returning id`
  if (settled.length === 0) return
  await clearTimer(deps.tx, context, { kind: 'approval', subjectId: id })
  const event = { jobId, taskId, event: { kind: 'approval_pressed', tool, state } } as const
  await appendEvents(deps, { tenantId, events: [event] })
  await wakeTask(deps, { tenantId, jobId, taskId })
  await announceAgain(deps, { tenantId, jobId, kind: 'approval', subject: id })
  await audit(deps, context, { action: actions[state], subjectKind: 'approval', subjectId: id })
}
