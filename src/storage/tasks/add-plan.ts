import type { Plan, PlannedTask } from '../../core/plan.ts'
import type { Sealer } from '../../core/ports.ts'
import type { Store, Tx } from '../database.ts'
import { appendEvents } from '../events.ts'
import { insertTasks, type NewTask, positions } from './add-system.ts'

/**
 * Writes the tasks of a checked plan behind the planner's. A plan of one task answers by itself; any other gets a
 * synthesis that waits for all of them. Answers how many tasks are ready at once.
 */
export async function addPlan(
  deps: { store: Store; tx: Tx; sealer: Sealer },
  input: { tenantId: string; jobId: string; plannerId: string; plan: Plan },
): Promise<number> {
  const { jobId, plan, tenantId } = input
  const ids = new Map(plan.tasks.map((task) => [task.key, deps.store.newId()]))
  const idOf = (key: string) => ids.get(key) ?? ''
  const alone = plan.tasks.length === 1
  const work = plan.tasks.map((task, index) => ({
    ...plannedTask(task, { id: idOf(task.key), position: positions.firstPlanned + index }),
    answers: alone,
    needs: [...new Set(task.needs)].map(idOf),
  }))
  const synthesis: NewTask = {
    id: deps.store.newId(),
    kind: 'synthesize',
    lane: 'worker',
    tier: 'standard',
    position: positions.synthesize,
    answers: true,
    spec: { key: 'answer', title: 'Writing the answer', objective: '', output: '', files: [] },
    needs: work.map((task) => task.id),
    enough: plan.enough,
  }
  const tasks = alone ? work : [...work, synthesis]
  const title = deps.sealer.seal(`jobs.title:${jobId}`, plan.title)
  const planned = {
    jobId,
    taskId: input.plannerId,
    event: { kind: 'planned', tasks: plan.tasks.length },
  } as const
  await Promise.all([
    insertTasks(deps, { tenantId, jobId, tasks }),
    deps.tx.sql`update loom.jobs set title_sealed = ${title} where id = ${jobId}`,
    appendEvents(deps, { tenantId, events: [planned] }),
  ])
  return tasks.filter((task) => task.needs.length === 0).length
}

/** A task of a plan as it is kept; what it needs is the caller's to say. */
export function plannedTask(
  task: PlannedTask,
  at: { id: string; position: number; asked?: number | undefined },
): NewTask {
  const { artifacts, enough, files, ifFails, key, maxSteps, objective, output, tier, title, tools } = task
  const spec = {
    ...{ key, title, objective, output, files },
    ...(tools && tools.length > 0 ? { tools } : {}),
    ...(artifacts && artifacts.length > 0 ? { artifacts } : {}),
    ...(at.asked === undefined ? {} : { asked: at.asked }),
  }
  const { id, position } = at
  const bounds = { ifFails, enough, maxSteps }
  return { id, kind: 'work', lane: 'worker', tier, position, answers: false, spec, needs: [], ...bounds }
}
