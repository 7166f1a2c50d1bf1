import {
  bigint,
  check,
  foreignKey,
  index,
  integer,
  primaryKey,
  text,
  unique,
  uuid,
} from 'drizzle-orm/pg-core'
import { deliveryKinds } from '../../core/words.ts'
import { created, inList, loom, moment, oneOf, owned, sealed } from './columns.ts'
import { threads } from './conversation.ts'
import { jobs } from './jobs.ts'

const deliveryStates = ['pending', 'sent', 'failed', 'withdrawn'] as const

/**
 * Something that must reach a thread. What it says is made from the job's rows when it is sent, so that it is true
 * then; only a notice brings its own text. Its id is the nonce under which the platform shows it once.
 */
export const deliveries = loom.table(
  'deliveries',
  {
    ...owned(),
    /** Missing for a word to a thread that has no job. */
    jobId: uuid('job_id'),
    threadId: uuid('thread_id').notNull(),
    kind: oneOf('kind', deliveryKinds).notNull(),
    /** Tells deliveries of one kind, job and thread apart: a question's id, an empty string for the card. */
    subject: text('subject').notNull().default(''),
    state: oneOf('state', deliveryStates).notNull().default('pending'),
    bodySealed: sealed('body_sealed'),
    refSealed: sealed('ref_sealed'),
    /** For the card: the job's event that the message shows. */
    shownSeq: bigint('shown_seq', { mode: 'number' }).notNull().default(-1),
    attempts: integer('attempts').notNull().default(0),
    errorKind: text('error_kind'),
    createdAt: created(),
    sentAt: moment('sent_at'),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    unique('deliveries_once').on(t.tenantId, t.jobId, t.threadId, t.kind, t.subject).nullsNotDistinct(),
    index('deliveries_by_age').on(t.createdAt),
    index('deliveries_by_thread').on(t.tenantId, t.threadId),
    foreignKey({ columns: [t.tenantId, t.jobId], foreignColumns: [jobs.tenantId, jobs.id] }).onDelete(
      'cascade',
    ),
    foreignKey({ columns: [t.tenantId, t.threadId], foreignColumns: [threads.tenantId, threads.id] }),
    check('deliveries_kind', inList('kind', deliveryKinds)),
    check('deliveries_state', inList('state', deliveryStates)),
  ],
)
