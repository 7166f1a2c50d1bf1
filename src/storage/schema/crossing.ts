import { sql } from 'drizzle-orm'
import { bigint, check, index, integer, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { lanes, platforms } from '../../core/words.ts'
import { bytes, created, inList, loom, moment, oneOf } from './columns.ts'

/**
 * The closed list of tables that stand outside the tenant policies, because someone must look across tenants. They
 * hold ids, times and counters: no content, no outside id that is not a keyed hash. The catalog test knows exactly
 * these.
 */

/** Which tenant an outside id belongs to. */
export const directory = loom.table(
  'directory',
  {
    kind: text('kind').notNull(),
    hash: bytes('hash').notNull(),
    tenantId: uuid('tenant_id').notNull(),
    createdAt: created(),
  },
  (t) => [primaryKey({ columns: [t.kind, t.hash] }), index('directory_by_tenant').on(t.tenantId)],
)

/**
 * Tasks that can be worked on now, and who holds them. A row is there from the moment the task's needs have ended
 * until the task ends or is suspended. `fence` grows with every claim: a write under an older fence is refused.
 */
export const readyTasks = loom.table(
  'ready_tasks',
  {
    taskId: uuid('task_id').primaryKey(),
    tenantId: uuid('tenant_id').notNull(),
    jobId: uuid('job_id').notNull(),
    lane: oneOf('lane', lanes).notNull(),
    readyAt: moment('ready_at').notNull().default(sql`now()`),
    holder: uuid('holder'),
    leaseUntil: moment('lease_until'),
    fence: bigint('fence', { mode: 'number' }).notNull().default(0),
    /** How often its worker was lost since its last step: a task that takes workers down is given up. */
    lost: integer('lost').notNull().default(0),
    createdAt: created(),
  },
  (t) => [
    index('ready_tasks_free').on(t.lane, t.tenantId, t.readyAt).where(sql`holder is null`),
    index('ready_tasks_held').on(t.leaseUntil).where(sql`holder is not null`),
    index('ready_tasks_by_job').on(t.jobId),
    check('ready_tasks_lane', inList('lane', lanes)),
  ],
)

/** Deliveries that are to be looked at, and when. */
export const dueDeliveries = loom.table(
  'due_deliveries',
  {
    deliveryId: uuid('delivery_id').primaryKey(),
    tenantId: uuid('tenant_id').notNull(),
    jobId: uuid('job_id'),
    platform: oneOf('platform', platforms).notNull(),
    /** Keyed hash of the thread's address: lets a process that serves one thread ask for its own. */
    threadHash: bytes('thread_hash').notNull(),
    dueAt: moment('due_at').notNull(),
    holder: uuid('holder'),
    leaseUntil: moment('lease_until'),
    createdAt: created(),
  },
  (t) => [
    index('due_deliveries_due').on(t.platform, t.dueAt),
    index('due_deliveries_by_job').on(t.jobId),
    check('due_deliveries_platform', inList('platform', platforms)),
  ],
)

/** Moments at which a row of a tenant wants attention: a schedule, an expiry, a suspended job. */
export const timers = loom.table(
  'timers',
  {
    tenantId: uuid('tenant_id').notNull(),
    kind: text('kind').notNull(),
    subjectId: uuid('subject_id').notNull(),
    dueAt: moment('due_at').notNull(),
    createdAt: created(),
  },
  (t) => [primaryKey({ columns: [t.kind, t.subjectId] }), index('timers_due').on(t.dueAt)],
)

/** The names of the tables above, for the catalog test and for whoever walks all tenant tables. */
export const crossingTables = ['directory', 'ready_tasks', 'due_deliveries', 'timers'] as const
