import type { PlanChange } from '../../core/plan.ts'
import type { Sealer } from '../../core/ports.ts'
import { type TaskState, taskHasEnded } from '../../core/words.ts'
import type { Store, Tx } from '../database.ts'
import { appendEvents } from '../events.ts'
import { plannedTask } from './add-plan.ts'
import { insertTasks, positions } from './add-system.ts'
import { dropTasks } from './drop.ts'
import { type FatalEnd, failHopeless } from './end.ts'

interface Existing {
  id: string
  key: string
  state: TaskState
  position: number
}

/**
 * Changes the plan of a job whose row is locked: adds tasks, which the answer then waits for too, and drops what has not
 * ended. `asked` is the step of the waiting answer that asked for it; without it the plan is changed before the answer
 * begins. Answers how many tasks became ready, and what ends the whole job.
 */
export async function changePlan(
  deps: { store: Store; tx: Tx; sealer: Sealer },
  input: { tenantId: string; jobId: string; byTaskId: string; change: PlanChange; asked?: number },
): Promise<{ ready: number; fatal: FatalEnd[] }> {
  const { change, jobId, tenantId } = input
  const existing = await loadExisting(deps, jobId)
  const known = new Map(existing.map((task) => [task.key, task]))
  const dropIds = change.drop.flatMap((key) => known.get(key)?.id ?? [])
  const ids = new Map([
    ...existing.map((task) => [task.key, task.id] as const),
    ...change.add.map((task) => [task.key, deps.store.newId()] as const),
  ])
  const last = Math.max(positions.firstPlanned - 1, ...existing.map((task) => task.position))
  const tasks = change.add.map((task, index) => {
    const needs = [...new Set(task.needs)]
    return {
      ...plannedTask(task, {
        id: ids.get(task.key) ?? '',
        position: last + 1 + index,
        asked: input.asked,
      }),
      needs: needs.map((key) => ids.get(key) ?? ''),
      waitingOn: needs.filter((key) => !taskHasEnded(known.get(key)?.state ?? 'waiting')).length,
    }
  })
  const added = tasks.map((task) => task.id)
  await insertTasks(deps, { tenantId, jobId, tasks })
  await waitForThem(deps, { tenantId, jobId, added })
  const dropped = await dropTasks(deps, { tenantId, jobId, taskIds: dropIds })
  // What they need may have failed long before.
  const bounded = tasks.filter((task) => task.enough !== undefined).map((task) => task.id)
  const below = await failHopeless(deps, { tenantId, taskIds: bounded })
  const { sql } = deps.tx
  await sql`update loom.jobs set replans = replans + 1 where id = ${jobId}`
  const event = { kind: 'replanned', added: added.length, dropped: dropped.dropped.length } as const
  await appendEvents(deps, { tenantId, events: [{ jobId, taskId: input.byTaskId, event }] })
  const begin = tasks.filter((task) => task.waitingOn === 0).length
  return { ready: begin + dropped.ready + below.ready, fatal: [...dropped.fatal, ...below.fatal] }
}

/** The tasks of the plan, in its order. */
async function loadExisting({ sealer, tx }: { tx: Tx; sealer: Sealer }, jobId: string): Promise<Existing[]> {
  const rows = await tx.sql<{ id: string; state: TaskState; position: number; spec_sealed: Uint8Array }[]>`
    select id, state, position, spec_sealed from loom.tasks
    where job_id = ${jobId} and kind = 'work' order by position`
  return rows.map(({ id, position, spec_sealed: spec, state }) => ({
    id,
    position,
    state,
    key: (JSON.parse(sealer.openText(`tasks.spec:${id}`, spec)) as { key: string }).key,
  }))
}

/** The answer of the job waits for the added tasks as for those of the plan. */
async function waitForThem(
  { tx }: { tx: Tx },
  input: { tenantId: string; jobId: string; added: readonly string[] },
): Promise<void> {
  if (input.added.length === 0) return
  const added = input.added as string[]
  await tx.sql`
    with answer as (
      update loom.tasks set waiting_on = waiting_on + ${added.length}
      where job_id = ${input.jobId} and kind = 'synthesize' and state = 'waiting' returning id
    )
    insert into loom.task_needs (tenant_id, task_id, needs_id)
    select ${input.tenantId}, a.id, n.id from answer a cross join unnest(${added}::uuid[]) as n (id)`
}
