import type { LimitKind } from '../../core/model.ts'
import { onceAcrossTenants, type Store } from '../database.ts'

/** What a worker wants of one kind of limit, and what it has to give or tell. */
export interface LimitAsk {
  kind: LimitKind
  /** What the calls that wait here cannot do without. */
  need: number
  /** What it would draw beyond that, to spend without asking, as long as there is plenty. */
  ahead: number
  /** Given back: drawn and not spent. Below zero: spent and not drawn. */
  back: number
  /** The most that the provider says is left, where that is known. */
  left: number | undefined
}

export interface LimitGrant {
  kind: LimitKind
  capacity: number
  perSecond: number
  granted: number
  /** What is left in the bucket behind this draw; below zero where more was spent than drawn. */
  level: number
  /** How long nobody may draw, because the provider asked for that; zero where all may. */
  blockedMs: number
}

/**
 * Draws from a bucket that all workers share, in one statement: fills it for the time that went by, takes back, never
 * believes in more than the provider says is left, and grants. Above half of the capacity there is a share ahead of the
 * need; below it what is needed, or as much of that as there is. Kinds without a row are not limited and not answered.
 */
export async function drawLimits(
  store: Store,
  input: { bucket: string; asks: readonly LimitAsk[] },
): Promise<LimitGrant[]> {
  const { asks, bucket } = input
  const numbers = (pick: (ask: LimitAsk) => number | null) => asks.map(pick)
  const rows = await onceAcrossTenants(
    store,
    (sql) => sql<
      {
        kind: LimitKind
        capacity: number
        per_second: number
        granted: number
        level: number
        blocked_ms: number
      }[]
    >`
      with locked as materialized (
        select kind, capacity, per_second, level, as_of from loom_shared.provider_limits
        where bucket = ${bucket} and kind = any(${asks.map((ask) => ask.kind)}::text[])
        order by kind for update
      ), seen as materialized (
        -- The clock is read behind the lock: as_of is the moment of whoever held it before.
        select l.*, clock_timestamp() as at from locked l
      ), filled as (
        select s.kind, s.capacity, s.per_second, s.as_of, s.at, a.need, a.ahead,
               least(s.capacity, coalesce(a.room, s.capacity),
                     s.level + a.back + s.per_second * greatest(0, extract(epoch from s.at - s.as_of)::float8)) as level
        from seen s
        join unnest(${asks.map((ask) => ask.kind)}::text[], ${numbers((ask) => ask.need)}::float8[],
                    ${numbers((ask) => ask.ahead)}::float8[], ${numbers((ask) => ask.back)}::float8[],
                    ${numbers((ask) => ask.left ?? null)}::float8[]) as a (kind, need, ahead, back, room)
          on a.kind = s.kind
      ), drawn as (
        select f.*, case when f.as_of > f.at then 0 else
          greatest(0, least(f.need, f.level), least(f.need + f.ahead, f.level - f.capacity / 2)) end as granted
        from filled f
      )
      update loom_shared.provider_limits r
      set level = d.level - d.granted, as_of = greatest(d.as_of, d.at)
      from drawn d where r.bucket = ${bucket} and r.kind = d.kind
      returning r.kind, r.capacity, r.per_second, d.granted, r.level,
                greatest(0, extract(epoch from d.as_of - d.at)::float8 * 1000) as blocked_ms`,
  )
  return rows.map(({ blocked_ms, per_second, ...row }) => ({
    ...row,
    perSecond: per_second,
    blockedMs: blocked_ms,
  }))
}
