import type { TaskSpec } from '../../core/brief.ts'
import { limits } from '../../core/limits.ts'
import type { Sealer } from '../../core/ports.ts'
import type { FailurePolicy, Lane, TaskKind, Tier } from '../../core/words.ts'
import type { Store, Tx } from '../database.ts'

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
  /** How many of its needs have not ended: all of them without it. */
  waitingOn?: number
  ifFails?: FailurePolicy | undefined
  enough?: number | undefined
  maxSteps?: number | undefined
}

/**
 * Positions of the system's own tasks; a plan's tasks lie between them in the order of the plan, which nothing moves: a
 * person may call an agent by its row.
 */
export const positions = {
  gather: 0,
  plan: 1,
  firstPlanned: 10,
  replan: 999_990,
  synthesize: 1_000_000,
  review: 1_000_001,
} as const

/** The tasks every job begins with: reading its thread and files, if there are any, and planning. */
export async function addSystemTasks(
  deps: Deps,
  input: { tenantId: string; jobId: string; gather: boolean; hasHistory?: boolean },
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
  const reading = input.hasHistory ? 'Reading the thread' : 'Reading the files'
  const gather = input.gather ? [system('gather', reading, [])] : []
  const plan = system(
    'plan',
    'Planning',
    gather.map((task) => task.id),
  )
  await insertTasks(deps, { tenantId: input.tenantId, jobId: input.jobId, tasks: [...gather, plan] })
}

/** Inserts tasks with their needs; those that wait for nothing are ready at once. */
export async function insertTasks(
  deps: Deps,
  input: { tenantId: string; jobId: string; tasks: readonly NewTask[] },
): Promise<void> {
  const { jobId, tenantId } = input
  const { sql } = deps.tx
  const { tasks } = input
  const needs = tasks.flatMap((task) => task.needs.map((needsId) => ({ taskId: task.id, needsId })))
  const waitingOn = (task: NewTask) => task.waitingOn ?? task.needs.length
  const ready = tasks.filter((task) => waitingOn(task) === 0)
  const titles = tasks.map((task) => deps.sealer.seal(`tasks.title:${task.id}`, task.spec.title))
  const specs = tasks.map((task) => deps.sealer.seal(`tasks.spec:${task.id}`, JSON.stringify(task.spec)))
  await Promise.all([
    sql`
      insert into loom.tasks (
        tenant_id, id, job_id, kind, lane, tier, position, answers, title_sealed, spec_sealed, state, waiting_on, max_steps,
        if_fails, enough)
      select ${tenantId}, t.id, ${jobId}, t.kind, t.lane, t.tier, t.position, t.answers::boolean, t.title, t.spec,
             case when t.needs = 0 then 'ready' else 'waiting' end, t.needs, t.max_steps, t.if_fails, t.enough
      from unnest(
        ${tasks.map((task) => task.id)}::uuid[], ${tasks.map((task) => task.kind)}::text[],
        ${tasks.map((task) => task.lane)}::text[], ${tasks.map((task) => task.tier)}::text[],
        ${tasks.map((task) => task.position)}::int[], ${tasks.map((task) => String(task.answers))}::text[],
        ${sql.array(titles, 1001)}::bytea[], ${sql.array(specs, 1001)}::bytea[],
        ${tasks.map(waitingOn)}::int[], ${tasks.map((task) => task.maxSteps ?? limits.taskSteps)}::int[],
        ${tasks.map((task) => task.ifFails ?? 'go_without')}::text[], ${tasks.map((task) => task.enough ?? null)}::int[]
      ) as t (id, kind, lane, tier, position, answers, title, spec, needs, max_steps, if_fails, enough)`,
    sql`
      insert into loom.task_needs (tenant_id, task_id, needs_id)
      select ${tenantId}, n.task_id, n.needs_id
      from unnest(${needs.map((need) => need.taskId)}::uuid[], ${needs.map((need) => need.needsId)}::uuid[])
        as n (task_id, needs_id)`,
    sql`
      insert into loom.ready_tasks (task_id, tenant_id, job_id, lane)
      select r.task_id, ${tenantId}, ${jobId}, r.lane
      from unnest(${ready.map((task) => task.id)}::uuid[], ${ready.map((task) => task.lane)}::text[]) as r (task_id, lane)`,
  ])
}
