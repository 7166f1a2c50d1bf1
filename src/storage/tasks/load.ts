import type { TaskSpec } from '../../core/brief.ts'
import type { Part } from '../../core/model.ts'
import type { Sealer } from '../../core/ports.ts'
import type { AttachmentState, TaskKind, TaskState, Tier } from '../../core/words.ts'
import type { WorkspaceFile } from '../../core/workspace.ts'
import { readSaid, type Said, saidTo } from '../briefs/said.ts'
import { readThreads, type ThreadBefore, type ThreadLine } from '../briefs/thread.ts'
import { type BudgetKey, budgetKeys } from '../budgets/keys.ts'
import { inTenant, type Store, type TenantContext, type Tx } from '../database.ts'
import { positions } from './add-system.ts'

export interface StepRecord {
  ordinal: number
  /** What was said to the job and read for the first time in this step. */
  heard: readonly Said[]
  reply: readonly Part[]
  results: readonly Part[]
  /** What stands for the steps before an ordinal from this step on. Without a text they are only shown with less. */
  summary?: { standsForBefore: number; text: string }
}

/** A reply whose calls reach outside and have not been run to their end: they come next, under the same keys. */
export type RepliedStep = Omit<StepRecord, 'results'> & { id: string }

export interface Attachment {
  id: string
  name: string
  state: AttachmentState
  file: WorkspaceFile | undefined
  reason: string | undefined
}

/** A task that must end before another one starts, as that other one sees it. */
export interface Need {
  taskId: string
  key: string
  title: string
  state: TaskState
  result: string
  /** The step of this task that asked for the other one, if it was added in the middle. */
  asked: number | undefined
}

/** The plan as it stands, and what room there is to change it. */
export interface Planned {
  tasks: readonly { key: string; title: string; objective: string }[]
  /** How often it was changed so far. */
  replans: number
  /** What the job may still spend, and what a task of it has cost so far on average. */
  leftMicroUsd: number
  meanMicroUsd: number
}

/** Everything an agent needs to begin a task, or to go on with one that another worker began. */
export interface LoadedTask {
  taskId: string
  jobId: string
  kind: TaskKind
  tier: Tier
  answers: boolean
  spec: TaskSpec
  maxSteps: number
  /** The ordinal of its first step: those before belong to a try that was given up. */
  firstStep: number
  costMicroUsd: number
  reservedMicroUsd: number
  budgetKeys: readonly BudgetKey[]
  prompt: string
  /** What was said in the thread before the prompt, oldest first. */
  thread: readonly ThreadLine[]
  /** The same thread beside its messages: who asked, and what is not there. */
  threadNotes: Omit<ThreadBefore, 'lines'>
  attachments: readonly Attachment[]
  /** The direct needs, in the order of the plan; for a check of the answer every task of the plan. */
  needs: readonly Need[]
  /** The check of its drafted answer, once it was asked for. */
  review: { asked: number; draft: string; state: TaskState; result: string } | undefined
  /** What whoever may change the plan has to know of it. */
  planned: Planned | undefined
  /** Files by layer: what came with the brief, then of every task before this one in plan order, then its own. */
  layers: readonly (readonly WorkspaceFile[])[]
  /** How many of the layers were there when the task began. */
  firstLayers: number
  /** Everything that was said so far to this task, or to all of its job. */
  said: readonly Said[]
  /** The steps that are whole. */
  steps: readonly StepRecord[]
  /** The one after them, if its reply alone is kept. */
  replied: RepliedStep | undefined
}

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
    const needsOf = groupBy(needs, (row) => row.task_id)
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

interface Deps {
  tx: Tx
  sealer: Sealer
}

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

interface LoadedJob {
  prompt: string
  attachments: Attachment[]
  budgetKeys: BudgetKey[]
  replans: number
  leftMicroUsd: number
}

async function loadJobs({ tx, sealer }: Deps, jobIds: readonly string[]): Promise<Map<string, LoadedJob>> {
  const rows = await tx.sql<
    {
      id: string
      created_at: string
      address: string
      message_id: string
      body: Uint8Array
      brief_id: string
      replans: number
      left: number | null
    }[]
  >`
    select j.id, j.created_at::text as created_at, t.address, m.id as message_id, m.body_sealed as body, b.id as brief_id,
           j.replans, (select (u.cap_micro_usd - u.settled_micro_usd - u.reserved_micro_usd)::float8 from loom.budgets u
                       where u.scope = 'job' and u.key = j.id::text) as left
    from loom.jobs j join loom.briefs b on b.id = j.brief_id
    join loom.threads t on t.id = b.thread_id join loom.messages m on m.id = b.prompt_message_id
    where j.id = any(${jobIds as string[]}::uuid[])`
  const attachments = await loadAttachments(
    { tx, sealer },
    rows.map((row) => row.brief_id),
  )
  return new Map(
    rows.map((row) => [
      row.id,
      {
        prompt: sealer.openText(`messages.body:${row.message_id}`, row.body),
        attachments: attachments.get(row.brief_id) ?? [],
        replans: row.replans,
        leftMicroUsd: row.left ?? 0,
        budgetKeys: budgetKeys({
          jobId: row.id,
          createdAtMs: Date.parse(row.created_at),
          address: row.address,
        }),
      },
    ]),
  )
}

/** The attachments of briefs, in the order in which they came. */
export async function loadAttachments(
  { tx, sealer }: Deps,
  briefIds: readonly string[],
): Promise<Map<string, Attachment[]>> {
  const rows = await tx.sql<
    {
      id: string
      brief_id: string
      state: AttachmentState
      name_sealed: Uint8Array
      path_sealed: Uint8Array | null
      reason_sealed: Uint8Array | null
      sha256: string | null
      bytes: number | null
      media_type: string | null
    }[]
  >`
    select id, brief_id, state, name_sealed, path_sealed, reason_sealed, sha256, bytes::float8 as bytes, media_type
    from loom.attachments where brief_id = any(${briefIds as string[]}::uuid[]) order by position`
  const found = rows.map((row) => ({
    briefId: row.brief_id,
    attachment: {
      id: row.id,
      name: sealer.openText(`attachments.name:${row.id}`, row.name_sealed),
      state: row.state,
      reason: row.reason_sealed
        ? sealer.openText(`attachments.reason:${row.id}`, row.reason_sealed)
        : undefined,
      file:
        row.path_sealed && row.sha256
          ? {
              path: sealer.openText(`attachments.path:${row.id}`, row.path_sealed),
              sha256: row.sha256,
              bytes: row.bytes ?? 0,
              mediaType: row.media_type ?? 'application/octet-stream',
              writtenBy: undefined,
            }
          : undefined,
    },
  }))
  const groups = groupBy(found, (item) => item.briefId)
  return new Map([...groups].map(([briefId, items]) => [briefId, items.map((item) => item.attachment)]))
}

/** The newest file at each path, by the task that wrote it, without those of tries that were given up. */
async function loadFiles(
  { tx, sealer }: Deps,
  jobIds: readonly string[],
): Promise<Map<string, WorkspaceFile[]>> {
  const rows = await tx.sql<
    {
      id: string
      task_id: string
      path_sealed: Uint8Array
      sha256: string
      bytes: number
      media_type: string
    }[]
  >`
    select distinct on (f.task_id, f.path_hash)
      f.id, f.task_id, f.path_sealed, f.sha256, b.bytes::float8 as bytes, b.media_type
    from loom.workspace_files f
    join loom.tasks t on t.id = f.task_id and f.ordinal >= t.first_step
    join loom.blobs b on b.job_id = f.job_id and b.sha256 = f.sha256
    where f.job_id = any(${jobIds as string[]}::uuid[])
    order by f.task_id, f.path_hash, f.ordinal desc`
  const found = rows.map((row) => ({
    taskId: row.task_id,
    file: {
      path: sealer.openText(`workspace_files.path:${row.id}`, row.path_sealed),
      sha256: row.sha256,
      bytes: row.bytes,
      mediaType: row.media_type,
      writtenBy: undefined,
    },
  }))
  const groups = groupBy(found, (item) => item.taskId)
  return new Map([...groups].map(([taskId, items]) => [taskId, items.map((item) => item.file)]))
}

type AnyStep = StepRecord & { id: string; state: 'replied' | 'committed' }
type StoredStep = Omit<AnyStep, 'heard'> & { heardIds: readonly string[] }

function splitSteps(all: readonly AnyStep[]): Pick<LoadedTask, 'steps' | 'replied'> {
  const replied = all.find(({ state }) => state === 'replied')
  return {
    steps: all
      .filter(({ state }) => state === 'committed')
      .map(({ id: _id, state: _state, ...step }) => step),
    replied: replied && {
      id: replied.id,
      ordinal: replied.ordinal,
      heard: replied.heard,
      reply: replied.reply,
    },
  }
}

function withHeard(steps: readonly StoredStep[], said: readonly Said[]): AnyStep[] {
  return steps.map(({ heardIds, ...step }) => ({
    ...step,
    heard: said.filter(({ messageId }) => heardIds.includes(messageId)),
  }))
}

async function loadSteps(
  { tx, sealer }: Deps,
  taskIds: readonly string[],
): Promise<Map<string, StoredStep[]>> {
  const rows = await tx.sql<
    {
      id: string
      task_id: string
      ordinal: number
      state: 'replied' | 'committed'
      reply_sealed: Uint8Array
      results_sealed: Uint8Array | null
      stands_for_before: number | null
      summary_sealed: Uint8Array | null
      heard: string[]
    }[]
  >`
    select s.id, s.task_id, s.ordinal, s.state, s.reply_sealed, s.results_sealed, s.stands_for_before, s.summary_sealed,
           array(select message_id::text from loom.step_messages h where h.step_id = s.id) as heard
    from loom.steps s join loom.tasks t on t.id = s.task_id and s.ordinal >= t.first_step
    where s.task_id = any(${taskIds as string[]}::uuid[]) order by s.ordinal`
  const found = rows.map((row) => ({
    taskId: row.task_id,
    step: {
      id: row.id,
      state: row.state,
      ordinal: row.ordinal,
      heardIds: row.heard,
      reply: JSON.parse(sealer.openText(`steps.reply:${row.id}`, row.reply_sealed)),
      results: row.results_sealed
        ? JSON.parse(sealer.openText(`steps.results:${row.id}`, row.results_sealed))
        : [],
      ...summaryOf(sealer, row),
    },
  }))
  const groups = groupBy(found, (item) => item.taskId)
  return new Map([...groups].map(([taskId, items]) => [taskId, items.map((item) => item.step)]))
}

function summaryOf(
  sealer: Sealer,
  row: {
    task_id: string
    ordinal: number
    stands_for_before: number | null
    summary_sealed: Uint8Array | null
  },
): Pick<StepRecord, 'summary'> {
  if (row.stands_for_before === null) return {}
  const text = row.summary_sealed
    ? sealer.openText(`steps.summary:${row.task_id}:${row.ordinal}`, row.summary_sealed)
    : ''
  return { summary: { standsForBefore: row.stands_for_before, text } }
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

function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  return Map.groupBy(items, key)
}
