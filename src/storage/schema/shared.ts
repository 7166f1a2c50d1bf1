import { sql } from 'drizzle-orm'
import {
  bigint,
  boolean,
  doublePrecision,
  jsonb,
  pgSchema,
  primaryKey,
  text,
  unique,
  uuid,
} from 'drizzle-orm/pg-core'
import { bytes, created, moment, oneOf } from './columns.ts'

/** What belongs to no tenant, because it is the installation's: nothing of any tenant stands here. */
export const loomShared = pgSchema('loom_shared')

/**
 * How much of a provider's limit is left: one bucket for each account, model and kind of limit, filled without a
 * break and shared by all workers.
 */
export const providerLimits = loomShared.table(
  'provider_limits',
  {
    /** Keyed hash of the key that calls, with provider and model. */
    bucket: text('bucket').notNull(),
    kind: text('kind').notNull(),
    capacity: doublePrecision('capacity').notNull(),
    perSecond: doublePrecision('per_second').notNull(),
    level: doublePrecision('level').notNull(),
    /** When `level` was true. */
    asOf: moment('as_of').notNull().default(sql`now()`),
    createdAt: created(),
  },
  (t) => [primaryKey({ columns: [t.bucket, t.kind] })],
)

/**
 * The nights: one row for each purge and each proof, with what came of it. Counts, ages and names of classes; nothing of
 * any tenant.
 */
export const policyRuns = loomShared.table(
  'policy_runs',
  {
    id: uuid('id').primaryKey(),
    kind: oneOf('kind', ['purge', 'check']).notNull(),
    /** The night it belongs to, `2026-11-30`: once each. Missing for one that somebody asked for. */
    night: text('night'),
    endedAt: moment('ended_at'),
    ok: boolean('ok'),
    result: jsonb('result').notNull().default({}),
    createdAt: created(),
  },
  (t) => [unique('policy_runs_once').on(t.kind, t.night)],
)

/**
 * How far this database has followed the ledger of deletions, which lies outside of it: one row. A database that is
 * behind is one that was restored from before.
 */
export const ledgerPosition = loomShared.table('ledger_position', {
  /** Always `ledger`. */
  name: text('name').primaryKey(),
  seq: bigint('seq', { mode: 'number' }).notNull(),
  /** The hash of that entry: another ledger is found out. */
  hash: bytes('hash').notNull(),
  createdAt: created(),
})
