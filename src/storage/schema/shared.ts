import { sql } from 'drizzle-orm'
import {
  bigint,
  boolean,
  doublePrecision,
  integer,
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

/**
 * The versions of the privacy policy that this Loom was or will be bound by: when each was announced, when everybody had
 * been told, since when it holds. Text of the policy alone; nothing of any tenant.
 */
export const policyVersions = loomShared.table('policy_versions', {
  number: integer('number').primaryKey(),
  /** The day that the version names for itself, `2027-02-01`. */
  effective: text('effective').notNull(),
  /** A hash of what binds in its table: code with another table is not this version. */
  fingerprint: text('fingerprint').notNull(),
  /** What it changes, a sentence each, as it is told to people. */
  changes: jsonb('changes').notNull().default([]),
  announcedAt: moment('announced_at'),
  listedAt: moment('listed_at'),
  toldAt: moment('told_at'),
  /** How many notices ended how. */
  counts: jsonb('counts').notNull().default({}),
  inForceAt: moment('in_force_at'),
  createdAt: created(),
})
