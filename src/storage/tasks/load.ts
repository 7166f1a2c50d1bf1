import type { TaskSpec } from '../../core/brief.ts'
import type { Sealer } from '../../core/ports.ts'
import type { TaskKind, TaskState, Tier } from '../../core/words.ts'
import { readSaid, saidTo } from '../briefs/said.ts'
import { readThreads, type ThreadBefore } from '../briefs/thread.ts'
import { inTenant, type Store, type TenantContext } from '../database.ts'
import { positions } from './add-system.ts'
import { loadFiles } from './load-files.ts'
import { type LoadedJob, loadJobs } from './load-jobs.ts'
import { loadSteps, splitSteps, withHeard } from './load-steps.ts'
import type { LoadedTask, Planned } from './loaded.ts'

interface TaskRow {
  id: string
  job_id: string
  kind: TaskKind
  tier: Tier
  answers: boolean
  spec_sealed: Uint8Array
  max_steps: number
  first_step: number
  cost: number
  reserved: number
  state: TaskState
  position: number
  result_sealed: Uint8Array | null
}

/** Loads tasks of one tenant, all in one transaction. A task that is not there is left out. */
export async function loadTasks(
  store: Store,
  context: TenantContext,
  input: { taskIds: readonly string[] },
): Promise<LoadedTask[]> {
  const sealer = await store.vault.sealer(context.tenantId, 'content')
  return inTenant(store, context.tenantId, async (tx) => {
    const wanted = await tx.sql<{ job_id: string }[]>`
      select distinct job_id from loom.tasks where id = any(${input.taskIds as string[]}::uuid[])`
    const jobIds = wanted.map((row) => row.job_id)
    const [said, threads, jobs, tasks, needs, files, steps] = await Promise.all([
      readSaid({ tx, sealer }, jobIds),
      readThreads({ tx, sealer }, jobIds),
      loadJobs({ tx, sealer }, jobIds),
      tx.sql<TaskRow[]>`
        select id, job_id, kind, tier, answers, spec_sealed, max_steps, first_step, cost_micro_usd::float8 as cost,
               reserved_micro_usd::float8 as reserved, state, position, result_sealed
        from loom.tasks where job_id = any(${jobIds}::uuid[]) order by position`,
      tx.sql<{ task_id: string; needs_id: string }[]>`
        select n.task_id, n.needs_id from loom.task_needs n join loom.tasks t on t.id = n.task_id
        where t.job_id = any(${jobIds}::uuid[])`,
      loadFiles({ tx, sealer }, jobIds),
      loadSteps({ tx, sealer }, input.taskIds),
    ])
    const specs = lazily(tasks, (row) => parseSpec(sealer, row))
    const needsOf = Map.groupBy(needs, (row) => row.task_id)
    const wantedIds = new Set(input.taskIds)
    return tasks
      .filter((row) => wantedIds.has(row.id))
      .flatMap((row) => {
        const job = jobs.get(row.job_id)
        const spec = specs.get(row.id)
        if (!job || !spec) return []
        const { lines: thread, ...threadNotes } = threads.get(row.job_id) ?? noThread
        const before = row.kind === 'review' ? othersOf(row, tasks) : ancestors(row.id, needsOf)
        const earlier = tasks.filter((other) => before.has(other.id))
        const direct =
          row.kind === 'review' ? before : new Set((needsOf.get(row.id) ?? []).map((need) => need.needs_id))
        const written = (taskId: string) =>
          (files.get(taskId) ?? []).map((file) => ({ ...file, writtenBy: specs.get(taskId)?.key }))
        // What a try that was given up had asked for was there before this one began.
        const askedBy = (other: TaskRow) => {
          const asked = row.kind === 'review' ? undefined : specs.get(other.id)?.asked
          return asked === undefined || asked < row.first_step ? undefined : asked
        }
        const needOf = (other: TaskRow) => ({
          taskId: other.id,
          key: specs.get(other.id)?.key ?? '',
          title: specs.get(other.id)?.title ?? '',
          state: other.state,
          result: other.result_sealed ? sealer.openText(`tasks.result:${other.id}`, other.result_sealed) : '',
          asked: askedBy(other),
        })
        const review = earlier.find(
          (other) => direct.has(other.id) && other.kind === 'review' && askedBy(other) !== undefined,
        )
        return [
          {
            taskId: row.id,
            jobId: row.job_id,
            kind: row.kind,
            tier: row.tier,
            answers: row.answers,
            spec,
            maxSteps: row.max_steps,
            firstStep: row.first_step,
            costMicroUsd: row.cost,
            reservedMicroUsd: row.reserved,
            budgetKeys: job.budgetKeys,
            prompt: job.prompt,
            thread,
            threadNotes,
            attachments: job.attachments,
            needs: earlier.filter((other) => direct.has(other.id) && other.kind === 'work').map(needOf),
            review: review && {
              ...needOf(review),
              asked: askedBy(review) ?? 0,
              draft: specs.get(review.id)?.objective ?? '',
            },
            planned: coordinates(row) ? plannedOf({ row, tasks, specs, job }) : undefined,
            layers: [
              job.attachments.flatMap((item) => (item.file ? [item.file] : [])),
              ...earlier.map((other) => written(other.id)),
              written(row.id),
            ],
            firstLayers: 1 + earlier.filter((other) => askedBy(other) === undefined).length,
            said: saidTo(row.id, said.get(row.job_id)),
            ...splitSteps(withHeard(steps.get(row.id) ?? [], said.get(row.job_id) ?? [])),
          },
        ]
      })
  })
}

const noThread: ThreadBefore = { lines: [], askedBy: undefined, leftOut: 0, unread: undefined }

/** What is asked for is made, once: of hundreds of tasks of a job one may need few. */
function lazily<R extends { id: string }, T>(
  rows: readonly R[],
  make: (row: R) => T,
): Pick<ReadonlyMap<string, T>, 'get'> {
  const byId = new Map(rows.map((row) => [row.id, row]))
  const made = new Map<string, T>()
  return {
    get(id) {
      const row = byId.get(id)
      if (row && !made.has(id)) made.set(id, make(row))
      return made.get(id)
    },
  }
}

function parseSpec(sealer: Sealer, row: TaskRow): TaskSpec {
  return JSON.parse(sealer.openText(`tasks.spec:${row.id}`, row.spec_sealed))
}

/** The tasks of the same job: whoever checks an answer sees what all of them left. */
function othersOf(row: TaskRow, tasks: readonly TaskRow[]): Set<string> {
  const others = tasks.filter((other) => other.job_id === row.job_id && other.id !== row.id)
  return new Set(others.map((other) => other.id))
}

function coordinates({ kind, position }: TaskRow): boolean {
  return kind === 'synthesize' || (kind === 'plan' && position !== positions.plan)
}

function plannedOf(input: {
  row: TaskRow
  tasks: readonly TaskRow[]
  specs: Pick<ReadonlyMap<string, TaskSpec>, 'get'>
  job: LoadedJob
}): Planned {
  const { job, row, specs, tasks } = input
  const work = tasks.filter((other) => other.job_id === row.job_id && other.kind === 'work')
  const paid = work.filter((other) => other.cost > 0)
  return {
    tasks: work.flatMap((other) => {
      const spec = specs.get(other.id)
      return spec ? [{ key: spec.key, title: spec.title, objective: spec.objective }] : []
    }),
    replans: job.replans,
    leftMicroUsd: job.leftMicroUsd,
    meanMicroUsd: paid.reduce((sum, other) => sum + other.cost, 0) / Math.max(1, paid.length),
  }
}

/** Every task that must end before this one, near or far. */
function ancestors(taskId: string, needsOf: Map<string, { needs_id: string }[]>): Set<string> {
  const found = new Set<string>()
  const open = [taskId]
  for (let current = open.pop(); current !== undefined; current = open.pop()) {
    for (const need of needsOf.get(current) ?? []) {
      if (!found.has(need.needs_id)) {
        found.add(need.needs_id)
        open.push(need.needs_id)
      }
    }
  }
  return found
}
