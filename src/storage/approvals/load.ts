import type { Approval } from '../../core/chat.ts'
import type { Sealer } from '../../core/ports.ts'
import { inTenant, type Store, type TenantContext, type Tx } from '../database.ts'

interface Row {
  id: string
  job_id: string
  task_id: string
  title_sealed: Uint8Array
  tool: string
  arguments_sealed: Uint8Array
  state: Approval['state']
  pressed_by: string | null
  name_sealed: Uint8Array | null
  expires: number
}

/** An approval as its message shows it now; `undefined` when there is no such one. */
export async function loadApproval(
  store: Store,
  context: TenantContext,
  input: { approvalId: string },
): Promise<Approval | undefined> {
  const [approval] = await load(store, context, ({ sql }) => sql`a.id = ${input.approvalId}`)
  return approval
}

/** What a job waits to be allowed, the oldest first. */
export async function openApprovals(
  store: Store,
  context: TenantContext,
  input: { jobId: string },
): Promise<Approval[]> {
  return load(store, context, ({ sql }) => sql`t.job_id = ${input.jobId} and a.state = 'open'`)
}

async function load(
  store: Store,
  context: TenantContext,
  which: (tx: Tx) => ReturnType<Tx['sql']>,
): Promise<Approval[]> {
  const sealer = await store.vault.sealer(context.tenantId, 'content')
  return inTenant(store, context.tenantId, async (tx) => {
    const rows = await tx.sql<Row[]>`
      select a.id, a.job_id, a.task_id, t.title_sealed, a.tool, a.arguments_sealed, a.state, a.pressed_by, i.name_sealed,
             extract(epoch from a.expires_at)::float8 * 1000 as expires
      from loom.tasks t
      join loom.steps s on s.tenant_id = t.tenant_id and s.task_id = t.id
      join loom.approvals a on a.tenant_id = s.tenant_id and a.step_id = s.id
      left join loom.identities i on i.tenant_id = a.tenant_id and i.id = a.pressed_by
      where ${which(tx)} order by a.created_at, a.id`
    return rows.map((row) => approvalOf(sealer, row))
  })
}

function approvalOf(sealer: Sealer, row: Row): Approval {
  const { request } = JSON.parse(sealer.openText(`approvals.arguments:${row.id}`, row.arguments_sealed))
  return {
    jobId: row.job_id,
    approvalId: row.id,
    asker: sealer.openText(`tasks.title:${row.task_id}`, row.title_sealed),
    tool: row.tool,
    request,
    state: row.state,
    pressedBy:
      row.pressed_by !== null && row.name_sealed !== null
        ? sealer.openText(`identities.name:${row.pressed_by}`, row.name_sealed)
        : undefined,
    expiresAtMs: row.expires,
  }
}
