import type { TenantContext, Tx } from './database.ts'

// Timers stand outside the tenant's wall: here the statements themselves keep to it.

type Kind = 'schedule' | 'approval' | 'erasure' | 'export'

/** When the subject wants attention next. Idempotent; another tenant's timer stays as it is. */
export async function setTimer(
  { sql }: Pick<Tx, 'sql'>,
  context: TenantContext,
  input: { kind: Kind; subjectId: string; dueAtMs: number },
): Promise<void> {
  await sql`
    insert into loom.timers as t (tenant_id, kind, subject_id, due_at)
    values (${context.tenantId}, ${input.kind}, ${input.subjectId}, ${new Date(input.dueAtMs).toISOString()}::timestamptz)
    on conflict (kind, subject_id) do update set due_at = excluded.due_at where t.tenant_id = excluded.tenant_id`
}

/** The subject wants no attention any more. Idempotent. */
export async function clearTimer(
  { sql }: Pick<Tx, 'sql'>,
  context: TenantContext,
  input: { kind: Kind; subjectId: string },
): Promise<void> {
  await sql`
    delete from loom.timers
    where kind = ${input.kind} and subject_id = ${input.subjectId} and tenant_id = ${context.tenantId}`
}
