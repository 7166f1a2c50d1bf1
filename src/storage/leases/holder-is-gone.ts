import type { Sql } from '../database.ts'

/**
 * For a row `r` with a holder: it said nothing for `silentMs`, and its presence (an advisory lock on a connection of its
 * own, see `keeper-thread.ts`) is no longer there. Whoever is only slow keeps that.
 */
export function holderIsGone(sql: Sql, input: { leaseMs: number; silentMs: number }) {
  return sql`(
    r.lease_until < now() + ${input.leaseMs - input.silentMs} * interval '1 millisecond'
    and not exists (
      select 1 from pg_catalog.pg_locks l
      where l.locktype = 'advisory' and l.granted
        and l.database = (select oid from pg_catalog.pg_database where datname = current_database())
        and l.classid::bigint = ('x' || substr(r.holder::text, 20, 4) || substr(r.holder::text, 25, 4))::bit(32)::bigint
        and l.objid::bigint = ('x' || substr(r.holder::text, 29, 8))::bit(32)::bigint
    ))`
}
