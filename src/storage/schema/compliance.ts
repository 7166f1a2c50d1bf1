import { sql } from 'drizzle-orm'
import {
  bigint,
  check,
  foreignKey,
  index,
  integer,
  jsonb,
  primaryKey,
  text,
  unique,
  uuid,
} from 'drizzle-orm/pg-core'
import { exportForms, exportStates } from '../../core/exports.ts'
import { noticeStates } from '../../core/notices.ts'
import { requestKinds, requestStates } from '../../core/requests.ts'
import { tenants } from './accounts.ts'
import { created, inList, loom, moment, oneOf, owned, sealed } from './columns.ts'

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

/**
 * Who asked for an export, and whether it is made. Nothing of what is in it: the ZIP lies in the object store, for a day.
 * No foreign key holds the person or the thread: they may be forgotten meanwhile.
 */
export const exports = loom.table(
  'exports',
  {
    ...owned(),
    form: oneOf('form', exportForms).notNull(),
    /** Who asked, and in the form `person` whom it is about. */
    identityId: uuid('identity_id').notNull(),
    /** Where they are told that it is there. */
    threadId: uuid('thread_id'),
    state: oneOf('state', exportStates).notNull().default('asked'),
    /** How often somebody began to make it. */
    tries: integer('tries').notNull().default(0),
    bytes: bigint('bytes', { mode: 'number' }),
    createdAt: created(),
    madeAt: moment('made_at'),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    index('exports_by_age').on(t.createdAt),
    foreignKey({ columns: [t.tenantId], foreignColumns: [tenants.tenantId] }),
    check('exports_form', inList('form', exportForms)),
    check('exports_state', inList('state', exportStates)),
  ],
)

/**
 * Whom of an account a new version of the policy is announced to, and whether it was. The address is read from the member
 * when the notice is sent, and stands nowhere else.
 */
export const notices = loom.table(
  'notices',
  {
    ...owned(),
    version: integer('version').notNull(),
    /** Without a foreign key: a member may go meanwhile. */
    memberId: uuid('member_id').notNull(),
    state: oneOf('state', noticeStates).notNull().default('open'),
    attempts: integer('attempts').notNull().default(0),
    sentAt: moment('sent_at'),
    createdAt: created(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    unique('notices_once').on(t.tenantId, t.version, t.memberId),
    index('notices_by_age').on(t.createdAt),
    foreignKey({ columns: [t.tenantId], foreignColumns: [tenants.tenantId] }),
    check('notices_state', inList('state', noticeStates)),
  ],
)

/**
 * Who asked for one of their rights, when, and when that was answered: the desk's book. It is of the account that it is about, or
 * of the desk's own account where there is none.
 */
export const requests = loom.table(
  'requests',
  {
    ...owned(),
    kind: oneOf('kind', requestKinds).notNull(),
    state: oneOf('state', requestStates).notNull().default('open'),
    /** Where they are answered, as the operator wrote it. */
    contactSealed: sealed('contact_sealed'),
    /** Whom of the account it is about, where that is known. Without a foreign key: they may be forgotten meanwhile. */
    identityId: uuid('identity_id'),
    receivedAt: moment('received_at').notNull(),
    dueAt: moment('due_at').notNull(),
    answeredAt: moment('answered_at'),
    /** What was answered, or why it was refused, and by whom. */
    answerSealed: sealed('answer_sealed'),
    createdAt: created(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    index('requests_by_age').on(t.createdAt),
    index('requests_open').on(t.dueAt).where(sql`state = 'open'`),
    foreignKey({ columns: [t.tenantId], foreignColumns: [tenants.tenantId] }),
    check('requests_kind', inList('kind', requestKinds)),
    check('requests_state', inList('state', requestStates)),
  ],
)
