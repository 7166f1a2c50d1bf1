import { sql } from 'drizzle-orm'
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
import { budgetScopes, tiers } from '../../core/words.ts'
import { tenants } from './accounts.ts'
import { created, inList, loom, microUsd, oneOf, owned } from './columns.ts'

const usageKinds = ['step', 'factory_session'] as const

/** One row per step and per Factory session. No content, and no tie to rows that hold content. */
export const usageEvents = loom.table(
  'usage_events',
  {
    ...owned(),
    kind: oneOf('kind', usageKinds).notNull(),
    /** The step or the Factory session: billed once. */
    subjectId: uuid('subject_id').notNull(),
    jobId: uuid('job_id').notNull(),
    taskId: uuid('task_id'),
    provider: text('provider').notNull(),
    model: text('model').notNull(),
    tier: oneOf('tier', tiers),
    /** The model that would have been asked first, `provider/model`, and why another one answered. */
    handedFrom: text('handed_from'),
    handedReason: text('handed_reason'),
    inputTokens: bigint('input_tokens', { mode: 'number' }).notNull().default(0),
    cacheReadTokens: bigint('cache_read_tokens', { mode: 'number' }).notNull().default(0),
    cacheWriteTokens: bigint('cache_write_tokens', { mode: 'number' }).notNull().default(0),
    outputTokens: bigint('output_tokens', { mode: 'number' }).notNull().default(0),
    costMicroUsd: microUsd('cost_micro_usd').notNull(),
    durationMs: integer('duration_ms').notNull(),
    createdAt: created(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    unique('usage_events_once').on(t.tenantId, t.kind, t.subjectId),
    index('usage_events_by_job').on(t.tenantId, t.jobId),
    index('usage_events_by_age').on(t.createdAt),
    foreignKey({ columns: [t.tenantId], foreignColumns: [tenants.tenantId] }),
    check('usage_events_kind', inList('kind', usageKinds)),
  ],
)

/**
 * Money in micro-dollars by scope: a job, a channel's day, a tenant's month. What is settled was spent; what is
 * reserved may yet be. Their sum never passes the cap.
 */
export const budgets = loom.table(
  'budgets',
  {
    tenantId: uuid('tenant_id').notNull(),
    scope: oneOf('scope', budgetScopes).notNull(),
    /** The job's id; `<thread's channel hash>:2026-11-22`; `2026-11`. */
    key: text('key').notNull(),
    capMicroUsd: microUsd('cap_micro_usd').notNull(),
    reservedMicroUsd: microUsd('reserved_micro_usd').notNull().default(0),
    settledMicroUsd: microUsd('settled_micro_usd').notNull().default(0),
    createdAt: created(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.scope, t.key] }),
    index('budgets_by_age').on(t.createdAt),
    foreignKey({ columns: [t.tenantId], foreignColumns: [tenants.tenantId] }),
    check('budgets_scope', inList('scope', budgetScopes)),
    check('budgets_reserved', sql`reserved_micro_usd >= 0`),
  ],
)
