import { inTenant, type Store, type TenantContext, type Tx } from '../database.ts'

export type TombstoneKind = 'tenant' | 'identity'

/** Numbers by what they count, and single words for what came of something. */
export type Counts = Readonly<Record<string, number | string>>

export interface Tombstone {
  tombstoneId: string
  kind: TombstoneKind
  subjectId: string
  reason: string
  requestedAtMs: number
  dueAtMs: number | undefined
  undone: boolean
  tombstonedAtMs: number | undefined
  purgedAtMs: number | undefined
  counts: Counts
}

/** The newest state of what is to go, or went, of one subject. */
export async function loadTombstone(
  store: Store,
  context: TenantContext,
  input: { kind: TombstoneKind; subjectId: string } | { tombstoneId: string },
): Promise<Tombstone | undefined> {
  return inTenant(store, context.tenantId, async ({ sql }) => {
    const which =
      'tombstoneId' in input
        ? sql`id = ${input.tombstoneId}`
        : sql`subject_kind = ${input.kind} and subject_id = ${input.subjectId}`
    const [row] = await sql<Row[]>`
      select id, subject_kind as kind, subject_id, reason, counts, undone_at is not null as undone,
             extract(epoch from requested_at)::float8 * 1000 as requested,
             extract(epoch from due_at)::float8 * 1000 as due,
             extract(epoch from tombstoned_at)::float8 * 1000 as tombstoned,
             extract(epoch from purged_at)::float8 * 1000 as purged
      from loom.tombstones where ${which}`
    return row && tombstoneOf(row)
  })
}

interface Row {
  id: string
  kind: TombstoneKind
  subject_id: string
  reason: string
  counts: Record<string, number | string>
  undone: boolean
  requested: number
  due: number | null
  tombstoned: number | null
  purged: number | null
}

function tombstoneOf(row: Row): Tombstone {
  return {
    tombstoneId: row.id,
    kind: row.kind,
    subjectId: row.subject_id,
    reason: row.reason,
    requestedAtMs: Math.round(row.requested),
    dueAtMs: row.due === null ? undefined : Math.round(row.due),
    undone: row.undone,
    tombstonedAtMs: row.tombstoned === null ? undefined : Math.round(row.tombstoned),
    purgedAtMs: row.purged === null ? undefined : Math.round(row.purged),
    counts: row.counts,
  }
}

/**
 * Opens what is to go, or opens it anew where the same subject is to go once more. Answers its id; `undefined` where this
 * entry of the ledger, or a later one, has taken effect already.
 */
export async function openTombstone(
  { store, tx }: { store: Store; tx: Tx },
  context: TenantContext,
  input: {
    kind: TombstoneKind
    subjectId: string
    reason: string
    at: string
    dueAt: string | null
    /** What is known of it from the beginning. */
    counts?: Counts
    ledgerSeq: number
  },
): Promise<string | undefined> {
  const { at, dueAt, kind, ledgerSeq, reason, subjectId } = input
  const counts = JSON.stringify(input.counts ?? {})
  const [row] = await tx.sql<{ id: string }[]>`
    insert into loom.tombstones as t
      (tenant_id, id, subject_kind, subject_id, reason, requested_at, due_at, counts, ledger_seq)
    values (${context.tenantId}, ${store.newId()}, ${kind}, ${subjectId}, ${reason}, ${at}::timestamptz,
            ${dueAt}::timestamptz, ${counts}::text::jsonb, ${ledgerSeq})
    on conflict (tenant_id, subject_kind, subject_id) do update
      set reason = excluded.reason, requested_at = excluded.requested_at, due_at = excluded.due_at, undone_at = null,
          tombstoned_at = null, purged_at = null, counts = excluded.counts, ledger_seq = excluded.ledger_seq
      where t.ledger_seq < excluded.ledger_seq
    returning id`
  return row?.id
}

/** Adds to what is known to be gone, in the transaction in which it goes. */
export async function addCounts(
  { sql }: Pick<Tx, 'sql'>,
  input: { tombstoneId: string; counts: Counts },
): Promise<void> {
  const { tombstoneId: id } = input
  for (const [name, value] of Object.entries(input.counts)) {
    if (typeof value === 'string') {
      await sql`
        update loom.tombstones set counts = counts || jsonb_build_object(${name}::text, ${value}::text) where id = ${id}`
    } else if (value > 0) {
      await sql`
        update loom.tombstones
        set counts = counts || jsonb_build_object(${name}::text, coalesce((counts ->> ${name}::text)::bigint, 0) + ${value}::bigint)
        where id = ${id}`
    }
  }
}
