import { sql } from 'drizzle-orm'
import { doublePrecision, pgSchema, primaryKey, text } from 'drizzle-orm/pg-core'
import { created, moment } from './columns.ts'

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
