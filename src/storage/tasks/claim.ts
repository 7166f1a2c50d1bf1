import type { Lane } from '../../core/words.ts'
import { onceAcrossTenants, type Store } from '../database.ts'
import { holderIsGone } from '../leases/holder-is-gone.ts'
import type { HeldTask } from './held.ts'

/** How often a claim that others came before tries for what they left. */
const mostTries = 4

/**
 * Claims up to `limit` ready tasks of a lane. Turns are taken by tenant: a tenant's next task comes after as many turns
 * as it has tasks running, so ten thousand ready tasks of one do not delay the first of another. Two processes that
 * claim at once never get the same task; the one that came second tries again for what is left.
 */
export async function claimTasks(store: Store, input: Claim): Promise<HeldTask[]> {
  const claimed: HeldTask[] = []
  let spare = 0
  for (let tries = 0; tries < mostTries && claimed.length < input.limit; tries += 1) {
    const limit = input.limit - claimed.length
    const { missed, tasks } = await claimOnce(store, { ...input, limit, spare })
    claimed.push(...tasks)
    if (missed === 0) break
    spare += 2 * missed
  }
  return claimed
}

interface Claim {
  lane: Lane
  holder: string
  limit: number
  leaseMs: number
}

/** One statement, which looks at `spare` more than it takes. `missed` were being claimed by others at this moment. */
async function claimOnce(
  store: Store,
  input: Claim & { spare: number },
): Promise<{ tasks: HeldTask[]; missed: number }> {
  const most = input.limit + input.spare
  const rows = await onceAcrossTenants(
    store,
    (sql) => sql<
      { task_id: string | null; tenant_id: string; job_id: string; fence: string; chosen: number }[]
    >`
      with recursive tenant as (
        (select tenant_id from loom.ready_tasks
         where lane = ${input.lane} and holder is null order by tenant_id limit 1)
        union all
        select (select r.tenant_id from loom.ready_tasks r
                where r.lane = ${input.lane} and r.holder is null and r.tenant_id > t.tenant_id
                order by r.tenant_id limit 1)
        from tenant t where t.tenant_id is not null
      ), running as (
        select tenant_id, count(*) as tasks from loom.ready_tasks
        where lane = ${input.lane} and holder is not null group by tenant_id
      ), waiting as (
        -- Everybody's first comes before the second of whoever holds as much or more: nobody is looked at deeper.
        select t.tenant_id, coalesce(r.tasks, 0) as held,
               greatest(1, ${most}::bigint + 1 - count(*) over (order by coalesce(r.tasks, 0))) as depth
        from tenant t left join running r on r.tenant_id = t.tenant_id
        where t.tenant_id is not null
      ), turns as (
        select c.task_id, c.ready_at, w.held + c.place as turn
        from waiting w
        cross join lateral (
          select task_id, ready_at, row_number() over (order by ready_at, task_id) as place
          from (select task_id, ready_at from loom.ready_tasks
                where lane = ${input.lane} and holder is null and tenant_id = w.tenant_id
                order by ready_at limit w.depth) as first
        ) as c
      ), chosen as (
        select * from turns order by turn, ready_at, task_id limit ${most}
      ), locked as (
        select r.task_id from chosen c join loom.ready_tasks r on r.task_id = c.task_id
        where r.holder is null
        order by c.turn, c.ready_at, c.task_id limit ${input.limit}
        for update of r skip locked
      ), claimed as (
        update loom.ready_tasks r
        set holder = ${input.holder}, lease_until = now() + ${input.leaseMs} * interval '1 millisecond',
            fence = r.fence + 1
        from locked l where r.task_id = l.task_id
        returning r.task_id, r.tenant_id, r.job_id, r.fence
      )
      select c.*, (select count(*)::int from chosen) as chosen from (values (1)) as one left join claimed c on true`,
  )
  const tasks = rows.flatMap(({ fence, job_id: jobId, task_id: taskId, tenant_id: tenantId }) =>
    taskId === null ? [] : [{ taskId, tenantId, jobId, fence: Number(fence), lane: input.lane }],
  )
  return { tasks, missed: (rows[0]?.chosen ?? 0) - tasks.length }
}

/** Gives held tasks back, so that another worker can go on at once. Tasks lost meanwhile are left alone. */
export async function releaseTasks(
  store: Store,
  input: { holder: string; tasks: readonly Pick<HeldTask, 'taskId' | 'fence'>[] },
): Promise<void> {
  if (input.tasks.length === 0) return
  await onceAcrossTenants(
    store,
    (sql) => sql`
      update loom.ready_tasks r set holder = null, lease_until = null
      from unnest(${input.tasks.map((task) => task.taskId)}::uuid[], ${input.tasks.map((task) => task.fence)}::bigint[])
        as t (task_id, fence)
      where r.task_id = t.task_id and r.fence = t.fence and r.holder = ${input.holder}`,
  )
}

export interface FreedTask {
  taskId: string
  tenantId: string
  jobId: string
  lane: Lane
  lost: number
}

/**
 * Takes tasks from holders that are gone: the lease ran out, or the holder's presence ended and it has not renewed
 * for `silentMs`. Answers what was freed.
 */
export async function freeLostTasks(
  store: Store,
  input: { leaseMs: number; silentMs: number },
): Promise<FreedTask[]> {
  const rows = await onceAcrossTenants(
    store,
    (sql) => sql<{ task_id: string; tenant_id: string; job_id: string; lane: Lane; lost: number }[]>`
      update loom.ready_tasks r
      set holder = null, lease_until = null, lost = r.lost + 1
      where r.holder is not null and (r.lease_until < now() or ${holderIsGone(sql, input)})
      returning r.task_id, r.tenant_id, r.job_id, r.lane, r.lost`,
  )
  return rows.map((row) => ({
    taskId: row.task_id,
    tenantId: row.tenant_id,
    jobId: row.job_id,
    lane: row.lane,
    lost: row.lost,
  }))
}

/** The lanes in which a task waits for a claim: what a lost ring must be rung again for. */
export async function waitingLanes(store: Store): Promise<Lane[]> {
  const rows = await onceAcrossTenants(
    store,
    (sql) => sql<{ lane: Lane }[]>`select distinct lane from loom.ready_tasks where holder is null`,
  )
  return rows.map((row) => row.lane)
}
