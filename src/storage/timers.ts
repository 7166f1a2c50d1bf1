import { acrossTenants, type Store, type TenantContext, type Tx } from './database.ts'

// Timers stand outside the tenant's wall: here the statements themselves keep to it.

type Kind = 'schedule' | 'approval' | 'erasure' | 'export' | 'notice'

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

/**
 * Claims what is due of a kind, of all tenants, the longest due first, for `claimMs`: whoever takes longer, or dies, leaves
 * it to others then. Ids only.
 */
export async function claimTimers(
  store: Store,
  input: { kind: Kind; limit: number; claimMs: number },
): Promise<{ tenantId: string; subjectId: string }[]> {
  const now = new Date(store.now()).toISOString()
  const until = new Date(store.now() + input.claimMs).toISOString()
  const rows = await acrossTenants(
    store,
    ({ sql }) => sql<{ tenant_id: string; subject_id: string }[]>`
      update loom.timers t set due_at = ${until}::timestamptz
      from (select kind, subject_id from loom.timers where kind = ${input.kind} and due_at <= ${now}::timestamptz
            order by due_at, subject_id limit ${input.limit} for update skip locked) d
      where t.kind = d.kind and t.subject_id = d.subject_id returning t.tenant_id, t.subject_id`,
  )
  return rows.map((row) => ({ tenantId: row.tenant_id, subjectId: row.subject_id }))
}
