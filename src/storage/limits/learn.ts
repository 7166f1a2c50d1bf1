import type { LimitKind } from '../../core/model.ts'
import { onceAcrossTenants, type Store } from '../database.ts'

export interface LimitFact {
  kind: LimitKind
  capacity: number
  perSecond: number
  /** What the provider says is left. */
  left: number
}

/**
 * Writes down what a provider said of its limits: how much a bucket holds, how fast it fills, and how much is left,
 * which may be less than we think and is never taken for more. With `blockMs` nobody draws before then: the provider
 * refused a call and asked for that.
 */
export async function learnLimits(
  store: Store,
  input: { bucket: string; facts: readonly LimitFact[]; blockMs: number },
): Promise<void> {
  const { blockMs, bucket, facts } = input
  const sorted = [...facts].sort((a, b) => (a.kind < b.kind ? -1 : 1))
  const block = `${Math.ceil(blockMs)} milliseconds`
  await onceAcrossTenants(
    store,
    (sql) => sql`
      insert into loom_shared.provider_limits as r (bucket, kind, capacity, per_second, level, as_of)
      select ${bucket}, f.kind, f.capacity, f.per_second, least(f.capacity, f.room),
             clock_timestamp() + ${block}::interval
      from unnest(${sorted.map((fact) => fact.kind)}::text[], ${sorted.map((fact) => fact.capacity)}::float8[],
                  ${sorted.map((fact) => fact.perSecond)}::float8[], ${sorted.map((fact) => fact.left)}::float8[])
        as f (kind, capacity, per_second, room)
      on conflict (bucket, kind) do update
      set capacity = excluded.capacity, per_second = excluded.per_second,
          level = least(excluded.level, r.level + r.per_second *
                        greatest(0, extract(epoch from clock_timestamp() - r.as_of)::float8)),
          as_of = greatest(r.as_of, clock_timestamp() + ${block}::interval)`,
  )
}
