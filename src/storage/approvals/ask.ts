import { type ApprovalReply, type ApprovalRequest, approvalMs } from '../../core/people.ts'
import type { Sealer } from '../../core/ports.ts'
import { audit } from '../audit.ts'
import { inTenant, type Store, type TenantContext, type Tx } from '../database.ts'
import { announce } from '../deliveries/announce.ts'
import { appendEvents } from '../events.ts'
import type { HeldTask } from '../tasks/held.ts'
import { holdTask } from '../tasks/hold.ts'
import { restTask } from '../tasks/rest.ts'
import { setTimer } from '../timers.ts'
import { settleApproval } from './settle.ts'

interface Asking {
  task: HeldTask
  holder: string
  /** The call that asks, of a reply that is committed. */
  stepId: string
  callId: string
  request: ApprovalRequest
}

interface Deps {
  store: Store
  tx: Tx
  sealer: Sealer
}

/**
 * Asks whether a call may be run, once for each call however often it is asked, or answers what came of it. Bound to
 * who asked for the brief, the job, the arguments and a day. With `open` the task rests from here on, in the same
 * transaction. Throws `lease_lost`.
 */
export async function askApproval(
  store: Store,
  context: TenantContext,
  input: Asking,
): Promise<ApprovalReply> {
  const sealer = await store.vault.sealer(context.tenantId, 'content')
  return inTenant(store, context.tenantId, async (tx) => {
    await holdTask(tx, context, input)
    const deps = { store, tx, sealer }
    const reply = (await findReply(deps, context, input)) ?? (await open(deps, context, input))
    const { jobId, taskId } = input.task
    if (reply === 'open')
      await restTask(deps, { tenantId: context.tenantId, jobId, taskId, reason: 'approval' })
    return reply
  })
}

async function findReply(
  deps: Deps,
  context: TenantContext,
  input: Asking,
): Promise<ApprovalReply | undefined> {
  const [row] = await deps.tx.sql<
    { id: string; state: Exclude<ApprovalReply, 'changed'>; hash: Uint8Array; expires: number }[]
  >`
    select id, state, arguments_hash as hash, extract(epoch from expires_at)::float8 * 1000 as expires
    from loom.approvals where step_id = ${input.stepId} and call_id = ${input.callId}`
  if (!row) return undefined
  if (!hashOf(deps.sealer, input.request).equals(row.hash)) return 'changed'
  if (row.state !== 'open' || row.expires > deps.store.now()) return row.state
  const { jobId, taskId } = input.task
  await settleApproval(deps, context, {
    approval: { id: row.id, jobId, taskId, tool: input.request.tool },
    state: 'expired',
  })
  return 'expired'
}

async function open(deps: Deps, context: TenantContext, input: Asking): Promise<ApprovalReply> {
  const { callId, stepId } = input
  const { jobId, taskId } = input.task
  const { input: given, request, tool } = input.request
  const { tenantId } = context
  const id = deps.store.newId()
  const sealed = deps.sealer.seal(`approvals.arguments:${id}`, JSON.stringify({ input: given, request }))
  const expiresAtMs = deps.store.now() + approvalMs
  await deps.tx.sql`
    insert into loom.approvals (tenant_id, id, job_id, task_id, step_id, call_id, tool, arguments_hash, arguments_sealed,
                                requested_of, expires_at)
    select ${tenantId}, ${id}, j.id, ${taskId}, ${stepId}, ${callId}, ${tool}, ${hashOf(deps.sealer, input.request)}, ${sealed},
           b.asked_by, ${new Date(expiresAtMs).toISOString()}::timestamptz
    from loom.jobs j join loom.briefs b on b.id = j.brief_id where j.id = ${jobId}`
  await setTimer(deps.tx, context, { kind: 'approval', subjectId: id, dueAtMs: expiresAtMs })
  await announce(deps, { tenantId, jobId, kind: 'approval', subject: id })
  await appendEvents(deps, { tenantId, events: [{ jobId, taskId, event: { kind: 'approval_asked', tool } }] })
  await audit(deps, context, { action: 'approval.ask', subjectKind: 'approval', subjectId: id })
  return 'open'
}

/** The same for the same tool with the same arguments, in whatever order their fields stand. */
function hashOf(sealer: Sealer, { input, tool }: ApprovalRequest): Buffer {
  return sealer.hash('approval', JSON.stringify([tool, ordered(input)]))
}

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered)
  if (typeof value !== 'object' || value === null) return value
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return fields.map(([name, field]) => [name, ordered(field)])
}
