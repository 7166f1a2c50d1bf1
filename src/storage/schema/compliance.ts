import { bigint, index, jsonb, primaryKey, text, unique, uuid } from 'drizzle-orm/pg-core'
import { created, loom, moment, owned, sealed } from './columns.ts'

/** Every state-changing call: who, from where, what kind of thing. Written in the transaction of the change; never changed. */
export const auditLog = loom.table(
  'audit_log',
  {
    ...owned(),
    /** `person`, `member`, `system` or `operator`. */
    actorKind: text('actor_kind').notNull(),
    actorId: uuid('actor_id'),
    action: text('action').notNull(),
    subjectKind: text('subject_kind'),
    subjectId: uuid('subject_id'),
    addressSealed: sealed('address_sealed'),
    userAgentSealed: sealed('user_agent_sealed'),
    createdAt: created(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.id] }), index('audit_log_by_age').on(t.createdAt)],
)

/** A request to delete, from fence to purge. It stays as the receipt: counts and times, nothing personal. */
export const tombstones = loom.table(
  'tombstones',
  {
    ...owned(),
    /** `tenant`, `member`, `identity`, `brief` or `artifact`. */
    subjectKind: text('subject_kind').notNull(),
    subjectId: uuid('subject_id').notNull(),
    reason: text('reason').notNull(),
    requestedAt: moment('requested_at').notNull(),
    /** Until when it can be undone; it can always be where it is empty, and nothing is gone yet. */
    dueAt: moment('due_at'),
    undoneAt: moment('undone_at'),
    tombstonedAt: moment('tombstoned_at'),
    purgedAt: moment('purged_at'),
    /** The ledger's entry by which it stands: an older one does not change it. */
    ledgerSeq: bigint('ledger_seq', { mode: 'number' }).notNull().default(0),
    /** What went, by kind, and what came of telling others: numbers and single words. */
    counts: jsonb('counts').notNull().default({}),
    createdAt: created(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    unique('tombstones_once').on(t.tenantId, t.subjectKind, t.subjectId),
  ],
)
