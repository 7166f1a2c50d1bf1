import type { Lane } from '../../core/words.ts'
import { onceAcrossTenants, type Store } from '../database.ts'

/** How a lane's slots are shared out at this moment, for one tenant. */
export interface Share {
  tenantId: string
  /** Ready and held by nobody; counted up to the limit that was asked for. */
  waiting: number
  held: number
  /** Of those, by the holder that asks. */
  here: number
}

/** Who waits and who holds in a lane, over all processes. */
export async function loadShares(
  store: Store,
  input: { lane: Lane; holder: string; limit: number },
): Promise<Share[]> {
  const { holder, lane, limit } = input
  return onceAcrossTenants(
    store,
    (sql) => sql<Share[]>`
      with recursive tenant as (
        (select tenant_id from loom.ready_tasks
         where lane = ${lane} and holder is null order by tenant_id limit 1)
        union all
        select (select r.tenant_id from loom.ready_tasks r
                where r.lane = ${lane} and r.holder is null and r.tenant_id > t.tenant_id
                order by r.tenant_id limit 1)
        from tenant t where t.tenant_id is not null
      ), waiting as (
        select t.tenant_id, first.tasks from tenant t
        cross join lateral (
          select count(*) as tasks from (
            select 1 from loom.ready_tasks
            where lane = ${lane} and holder is null and tenant_id = t.tenant_id
            order by ready_at limit ${limit}) as first_ones
        ) as first
        where t.tenant_id is not null
      ), held as (
        select tenant_id, count(*) as tasks, count(*) filter (where holder = ${holder}) as here
        from loom.ready_tasks where lane = ${lane} and holder is not null group by tenant_id
      )
      select tenant_id as "tenantId", coalesce(w.tasks, 0)::int as waiting, coalesce(h.tasks, 0)::int as held,
             coalesce(h.here, 0)::int as here
      from waiting w full join held h using (tenant_id)`,
  )
}

/**
 * How many tasks of each tenant this holder should hand back, so that those who wait get theirs: a slot goes over as
 * long as the one who gives it keeps at least as much as the other has then. The first `given` are under way already.
 * Pure.
 */
export function slotsToYield(shares: readonly Share[], given = 0): Map<string, number> {
  const all = shares.map((share) => ({ ...share }))
  let underWay = given
  const yields = new Map<string, number>()
  for (;;) {
    const taker = all.filter((share) => share.waiting > 0).sort((a, b) => a.held - b.held)[0]
    const giver = all.filter((share) => share.here > 0).sort((a, b) => b.held - a.held)[0]
    if (!taker || !giver || giver.held - 1 <= taker.held) return yields
    if (underWay > 0) underWay -= 1
    else yields.set(giver.tenantId, (yields.get(giver.tenantId) ?? 0) + 1)
    giver.held -= 1
    giver.here -= 1
    taker.held += 1
    taker.waiting -= 1
  }
}
