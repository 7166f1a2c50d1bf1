import { createHash, randomBytes, randomUUID } from 'node:crypto'
import type { Mention } from '../../../src/core/brief.ts'
import type { Plan } from '../../../src/core/plan.ts'
import { type ThreadId, threadId } from '../../../src/core/thread-id.ts'
import type { Lane } from '../../../src/core/words.ts'
import type { WorkspaceFile } from '../../../src/core/workspace.ts'
import { acceptMention } from '../../../src/storage/briefs/accept.ts'
import { type BudgetKey, budgetKeys } from '../../../src/storage/budgets/keys.ts'
import { commitSteps } from '../../../src/storage/steps/commit.ts'
import type { NewStep, NewSummary, StepCommit } from '../../../src/storage/steps/step-commit.ts'
import { claimTasks } from '../../../src/storage/tasks/claim.ts'
import type { HeldTask } from '../../../src/storage/tasks/held.ts'
import { startTasks } from '../../../src/storage/tasks/start.ts'
import type { TestBed } from '../../support/store.ts'
import { only, sealerOf, systemOf, type Tenant } from './bed.ts'

export function mentionOf(part: Partial<Mention> = {}): Mention {
  const mark = randomBytes(6).toString('hex')
  return {
    thread: threadId('local', 'terminal', mark),
    key: `message-${mark}`,
    author: { externalId: 'owner', name: 'Owner' },
    text: 'Compare the three exports',
    files: [],
    saidAtMs: Date.now(),
    ...part,
  }
}

export function accept(tenant: Tenant, part: Partial<Mention> = {}) {
  const { identityId, installationId } = tenant
  const mention = mentionOf(part)
  return acceptMention(tenant.store, tenant.context, { mention, installationId, identityId })
}

export interface OpenJob {
  jobId: string
  thread: ThreadId
  keys: BudgetKey[]
}

export async function openJob(bed: TestBed, tenant: Tenant, part: Partial<Mention> = {}): Promise<OpenJob> {
  const { thread, ...rest } = mentionOf(part)
  const accepted = await accept(tenant, { ...rest, thread })
  if (accepted.kind !== 'job') throw new Error(`expected a job, got ${accepted.kind}`)
  const { jobId } = accepted
  const row = only(await bed.admin`select created_at from loom.jobs where id = ${jobId}`)
  return {
    jobId,
    thread,
    keys: budgetKeys({ jobId, createdAtMs: row.created_at.getTime(), address: thread }),
  }
}

export function claim(
  tenant: Tenant,
  input: { holder: string; limit?: number; leaseMs?: number; lane?: Lane },
): Promise<HeldTask[]> {
  const { holder, lane = 'worker', leaseMs = 60_000, limit = 200 } = input
  return claimTasks(tenant.store, { lane, holder, limit, leaseMs })
}

type Graph = Record<string, readonly string[]>

/** A plan whose tasks need each other as the graph says. */
export function planOf(graph: Graph): Plan {
  return {
    title: 'The plan',
    tasks: Object.entries(graph).map(([key, needs]) => ({
      key,
      title: `Task ${key}`,
      objective: `Do ${key}`,
      output: '',
      files: [],
      needs: [...needs],
      tier: 'standard',
    })),
  }
}

export function stepOf(part: Partial<NewStep> = {}): NewStep {
  return {
    id: randomUUID(),
    ordinal: 0,
    reply: [{ type: 'text', text: 'a reply' }],
    results: [],
    provider: 'anthropic',
    model: 'claude-sonnet-4-6',
    tier: 'standard',
    usage: { inputTokens: 100, cacheReadTokens: 20, cacheWriteTokens: 3, outputTokens: 40 },
    costMicroUsd: 0,
    durationMs: 12,
    activity: 'reading churn.csv',
    ...part,
  }
}

export function summaryOf(part: Partial<NewSummary> = {}): NewSummary {
  const { costMicroUsd, durationMs, model, provider, usage } = stepOf({ costMicroUsd: 300 })
  return {
    id: randomUUID(),
    ordinal: 0,
    standsForBefore: 0,
    text: 'what was found so far',
    call: { provider, model, tier: 'quick', usage, costMicroUsd, durationMs },
    ...part,
  }
}

export function commitOf(
  held: HeldTask,
  keys: readonly BudgetKey[],
  part: Partial<StepCommit> = {},
): StepCommit {
  return {
    task: held,
    budgetKeys: keys,
    answers: false,
    files: [],
    releaseMicroUsd: 0,
    wantMicroUsd: 0,
    leastMicroUsd: 0,
    ...part,
  }
}

export const done = (result = 'found it') => ({ outcome: { state: 'done', result } }) as const
export const failed = (message = 'it could not be read') =>
  ({ outcome: { state: 'failed', error: 'refused', message } }) as const

export function fileOf(path: string, content = path): WorkspaceFile {
  const sha256 = createHash('sha256').update(content).digest('hex')
  return { path, sha256, bytes: content.length, mediaType: 'text/markdown', writtenBy: undefined }
}

export interface PlannedJob extends OpenJob {
  /** Task ids by the keys of the plan; `answer` is the synthesis. */
  ids: ReadonlyMap<string, string>
  keyOf: ReadonlyMap<string, string>
}

/** A job whose planner has ended with the plan: its first tasks are ready. */
export async function planJob(
  bed: TestBed,
  tenant: Tenant,
  input: ({ graph: Graph } | { plan: Plan }) & { mention?: Partial<Mention> },
): Promise<PlannedJob> {
  const job = await openJob(bed, tenant, input.mention)
  const holder = randomUUID()
  const held = await holdOne(bed, tenant, { jobId: job.jobId, kind: 'plan', holder })
  const outcome = {
    state: 'done',
    result: '',
    plan: 'plan' in input ? input.plan : planOf(input.graph),
  } as const
  await commitSteps(tenant.store, systemOf(tenant), {
    holder,
    commits: [commitOf(held, job.keys, { outcome })],
  })
  const ids = await taskKeys(bed, tenant, job.jobId)
  return { ...job, ids, keyOf: new Map([...ids].map(([key, id]) => [id, key])) }
}

/** Claims everything that is ready, keeps and starts the one task, and gives the rest back. */
async function holdOne(
  bed: TestBed,
  tenant: Tenant,
  input: { jobId: string; kind: string; holder: string },
): Promise<HeldTask> {
  const { holder, jobId, kind } = input
  const wanted = only(await bed.admin`select id from loom.tasks where job_id = ${jobId} and kind = ${kind}`)
  const claimed = await claim(tenant, { holder, limit: 5_000 })
  const held = only(claimed.filter((task) => task.taskId === wanted.id))
  await bed.admin`
    update loom.ready_tasks set holder = null, lease_until = null where holder = ${holder} and task_id <> ${wanted.id}`
  await startTasks(tenant.store, systemOf(tenant), { tasks: [held] })
  return held
}

async function taskKeys(bed: TestBed, tenant: Tenant, jobId: string): Promise<Map<string, string>> {
  const sealer = await sealerOf(tenant)
  const rows = await bed.admin`select id, spec_sealed from loom.tasks where job_id = ${jobId}`
  return new Map(
    rows.map((row) => [
      JSON.parse(sealer.openText(`tasks.spec:${row.id}`, row.spec_sealed)).key,
      String(row.id),
    ]),
  )
}

/** A job with one working task in hand, started. */
export async function workingTask(
  bed: TestBed,
  tenant: Tenant,
  input: { holder: string; graph?: Graph; mention?: Partial<Mention> },
): Promise<PlannedJob & { held: HeldTask }> {
  const job = await planJob(bed, tenant, { graph: { a: [], b: [] }, ...input })
  const claimed = (await claim(tenant, { holder: input.holder })).filter((task) => task.jobId === job.jobId)
  await startTasks(tenant.store, systemOf(tenant), { tasks: claimed })
  return { ...job, held: only(claimed.filter((task) => task.taskId === job.ids.get('a'))) }
}

/** Every event of a job, in order. */
export async function eventsOf(bed: TestBed, tenant: Tenant, jobId: string) {
  const sealer = await sealerOf(tenant)
  const rows =
    await bed.admin`select seq::int, body_sealed from loom.events where job_id = ${jobId} order by seq`
  return rows.map((row) => ({
    seq: Number(row.seq),
    ...(JSON.parse(sealer.openText(`events.body:${jobId}`, row.body_sealed)) as { kind: string }),
  }))
}
