import { LoomError } from '../../core/errors.ts'
import { limits } from '../../core/limits.ts'
import { audit } from '../audit.ts'
import { releaseReservations } from '../budgets/release.ts'
import { inTenant, type Store, type TenantContext, type Tx } from '../database.ts'
import { appendEvents } from '../events.ts'
import { takeBack } from '../jobs/moved.ts'
import type { Agent } from './agents.ts'
import { chooseAgent } from './choose.ts'

/**
 * Has one agent of a running job begin again, and with it those that had begun with its result: they wait for it anew.
 * Their steps so far are kept and paid for, and neither read nor delivered any more; whoever is at one of them can no
 * longer commit. Answers its title and how many others begin again. Throws `not_found`, and `conflict` for one that
 * has not begun, is no agent of the plan, or began again too often.
 */
export async function rerunAgent(
  store: Store,
  context: TenantContext,
  input: { jobId: string; name: string },
): Promise<{ title: string; others: number }> {
  const { tenantId } = context
  const { jobId } = input
  const sealer = await store.vault.sealer(tenantId, 'content')
  return inTenant(store, tenantId, async (tx) => {
    const deps = { store, tx, sealer }
    const { agent, resting } = await chooseAgent(deps, input)
    const { taskId, title } = agent
    await checkRerunnable(tx, agent)
    const taskIds = await builtOn(tx, taskId)
    const checks = await endChecks(tx, { jobId, taskIds })
    await takeBack(tx, { jobId, taskIds: [...taskIds, ...checks] })
    await releaseReservations(tx, { jobId, taskIds: [...taskIds, ...checks] })
    await giveUpTry(tx, taskIds)
    await waitAnew(tx, jobId)
    await tx.sql`
      update loom.tasks set activity_sealed = ${sealer.seal(`tasks.activity:${taskId}`, 'beginning again at your word')}
      where id = ${taskId}`
    await makeReady(tx, { tenantId, jobId, taskId, resting })
    const event = { kind: 'rerun', with: taskIds.length - 1 } as const
    await appendEvents(deps, { tenantId, events: [{ jobId, taskId, event }] })
    await audit(deps, context, { action: 'task.rerun', subjectKind: 'task', subjectId: taskId })
    return { title, others: taskIds.length - 1 }
  })
}

async function checkRerunnable({ sql }: Tx, { kind, state, taskId, title }: Agent): Promise<void> {
  const refused = (message: string) => new LoomError({ kind: 'conflict', message })
  if (kind !== 'work' && kind !== 'synthesize') throw refused(`${title} cannot begin again.`)
  const [task] = await sql<{ begun: boolean; reruns: number }[]>`
    select started_at is not null as begun,
           (select count(*)::int from loom.events e
            where e.job_id = t.job_id and e.task_id = t.id and e.kind = 'rerun') as reruns
    from loom.tasks t where id = ${taskId}`
  if (!task?.begun && state !== 'cancelled') throw refused(`${title} has not begun yet.`)
  if ((task?.reruns ?? 0) >= limits.taskReruns) {
    throw refused(`${title} has begun again ${limits.taskReruns} times, which is the most.`)
  }
}

/** A task and all that began with its result, near or far; what was left out stays so. */
async function builtOn({ sql }: Tx, taskId: string): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    with recursive again (id) as (
      select id from loom.tasks where id = ${taskId}
      union
      select t.id from again a join loom.task_needs n on n.needs_id = a.id join loom.tasks t on t.id = n.task_id
      where t.state not in ('waiting', 'cancelled') or (t.state = 'waiting' and t.started_at is not null)
    )
    select id from again`
  return rows.map(({ id }) => id)
}

/** Later steps begin a new try. A file that somebody starred stays, whatever comes of it. */
async function giveUpTry({ sql }: Tx, taskIds: readonly string[]): Promise<void> {
  const ids = taskIds as string[]
  await sql`
    update loom.tasks
    set state = 'waiting', first_step = steps, started_at = null, ended_at = null, activity_sealed = null,
        result_sealed = null, error_kind = null
    where id = any(${ids}::uuid[])`
  await sql`delete from loom.artifacts where task_id = any(${ids}::uuid[]) and starred_at is null`
}

/** A draft that is given up need not be checked. Answers which checks ended by that. */
async function endChecks(
  { sql }: Tx,
  { jobId, taskIds }: { jobId: string; taskIds: readonly string[] },
): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    update loom.tasks r set state = 'cancelled', ended_at = now()
    where r.job_id = ${jobId} and r.kind = 'review' and r.state not in ('done', 'failed', 'cancelled')
      and exists (select 1 from loom.task_needs n
                  where n.needs_id = r.id and n.task_id = any(${taskIds as string[]}::uuid[]))
    returning r.id`
  return rows.map(({ id }) => id)
}

async function waitAnew({ sql }: Tx, jobId: string): Promise<void> {
  await sql`
    update loom.tasks t
    set waiting_on = (
      select count(*) from loom.task_needs n join loom.tasks o on o.id = n.needs_id
      where n.task_id = t.id and o.state not in ('done', 'failed', 'cancelled'))
    where t.job_id = ${jobId} and t.state = 'waiting'`
}

/** Unless it was left out before its own needs had ended. Its fence is above all from before: no twin can commit. */
async function makeReady(
  { sql }: Tx,
  input: { tenantId: string; jobId: string; taskId: string; resting: boolean },
): Promise<void> {
  const { jobId, resting, taskId, tenantId } = input
  const state = resting ? 'suspended' : 'ready'
  await sql`
    with woken as (
      update loom.tasks set state = ${state} where id = ${taskId} and waiting_on = 0 returning id, lane
    )
    insert into loom.ready_tasks (task_id, tenant_id, job_id, lane, fence)
    select id, ${tenantId}, ${jobId}, lane, (extract(epoch from clock_timestamp()) * 1000000)::bigint
    from woken where ${!resting}`
  await sql`update loom.jobs set state = 'running' where id = ${jobId} and state = 'synthesizing'`
}
