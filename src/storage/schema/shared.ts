import { sql } from 'drizzle-orm'
import { bigint, doublePrecision, pgSchema, primaryKey, text } from 'drizzle-orm/pg-core'
import { bytes, created, moment } from './columns.ts'

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
