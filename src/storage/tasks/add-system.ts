import type { TaskSpec } from '../../core/brief.ts'
import { limits } from '../../core/limits.ts'
import type { Sealer } from '../../core/ports.ts'
import type { Lane, TaskKind, Tier } from '../../core/words.ts'
import type { Store, Tx } from '../database.ts'
import { readyTasks, taskNeeds, tasks } from '../schema/index.ts'

interface Deps {
  store: Store
  tx: Tx
  sealer: Sealer
}

export interface NewTask {
  id: string
  kind: TaskKind
  lane: Lane
  tier: Tier
  position: number
  answers: boolean
  spec: TaskSpec
  needs: readonly string[]
}

/** Positions of the system's own tasks; a plan's tasks lie between them in the order of the plan. */
export const positions = { gather: 0, plan: 1, firstPlanned: 10, synthesize: 1_000_000 } as const

/** The tasks every job begins with: fetching its files, if there are any, and planning. */
export async function addSystemTasks(
  deps: Deps,
  input: { tenantId: string; jobId: string; gather: boolean },
): Promise<void> {
  const system = (key: 'gather' | 'plan', title: string, needs: string[]): NewTask => ({
    id: deps.store.newId(),
    kind: key,
    lane: key === 'gather' ? 'bot' : 'worker',
    tier: 'standard',
    position: positions[key],
    answers: false,
    spec: { key, title, objective: '', output: '', files: [] },
    needs,
  })
  const gather = input.gather ? [system('gather', 'Reading the files', [])] : []
  const plan = system(
    'plan',
    'Planning',
    gather.map((task) => task.id),
  )
  await insertTasks(deps, { tenantId: input.tenantId, jobId: input.jobId, tasks: [...gather, plan] })
}

/** Inserts tasks with their needs; those that need nothing are ready at once. */
export async function insertTasks(
  deps: Deps,
  input: { tenantId: string; jobId: string; tasks: readonly NewTask[] },
): Promise<void> {
  const { jobId, tenantId } = input
  await deps.tx.db.insert(tasks).values(
    input.tasks.map((task) => ({
      tenantId,
      id: task.id,
      jobId,
      kind: task.kind,
      lane: task.lane,
      tier: task.tier,
      position: task.position,
      answers: task.answers,
      titleSealed: deps.sealer.seal(`tasks.title:${task.id}`, task.spec.title),
      specSealed: deps.sealer.seal(`tasks.spec:${task.id}`, JSON.stringify(task.spec)),
      state: task.needs.length === 0 ? ('ready' as const) : ('waiting' as const),
      waitingOn: task.needs.length,
      maxSteps: limits.taskSteps,
    })),
  )
  const needs = input.tasks.flatMap((task) =>
    task.needs.map((needsId) => ({ tenantId, taskId: task.id, needsId })),
  )
  if (needs.length > 0) await deps.tx.db.insert(taskNeeds).values(needs)
  const ready = input.tasks.filter((task) => task.needs.length === 0)
  if (ready.length > 0) {
    await deps.tx.db
      .insert(readyTasks)
      .values(ready.map((task) => ({ taskId: task.id, tenantId, jobId, lane: task.lane })))
  }
}
