import type { TenantContext } from '../database.ts'
import { endJob } from '../jobs/end.ts'
import { noteEstimate } from '../jobs/note-estimate.ts'
import { addPlan } from '../tasks/add-plan.ts'
import { positions } from '../tasks/add-system.ts'
import { changePlan } from '../tasks/change-plan.ts'
import { endTasks, type FatalEnd } from '../tasks/end.ts'
import { addReview, waitMidway } from '../tasks/review.ts'
import type { CommitDeps, StepCommit, TaskOutcome } from './step-commit.ts'

type Outcome<State> = Extract<TaskOutcome, { state: State }>
type Ended = StepCommit & { outcome: Outcome<'done' | 'failed'> }
type Resting = StepCommit & { outcome: Outcome<'waiting'> }

/** What follows from the tasks that end or rest with this commit. Answers how many tasks became ready. */
export async function finishTasks(
  deps: CommitDeps,
  context: TenantContext,
  commits: readonly StepCommit[],
): Promise<number> {
  const { tenantId } = context
  const ended = commits.filter((commit): commit is Ended => isOver(commit.outcome))
  const resting = commits.filter((commit): commit is Resting => commit.outcome?.state === 'waiting')
  if (ended.length === 0 && resting.length === 0) return 0
  const fatal: FatalEnd[] = []
  let ready = 0
  for (const commit of resting) ready += await rest(deps, tenantId, commit)
  for (const { budgetKeys, outcome, task } of ended) {
    if (outcome.state !== 'done') continue
    const { jobId, taskId } = task
    if (outcome.plan) {
      ready += await addPlan(deps, { tenantId, jobId, plannerId: taskId, plan: outcome.plan })
      const { estimate } = outcome
      if (estimate) await noteEstimate(deps, { tenantId, jobId, budgetKeys, estimate })
    }
    if (outcome.change) {
      const changed = await changePlan(deps, { tenantId, jobId, byTaskId: taskId, change: outcome.change })
      ready += changed.ready
      fatal.push(...changed.fatal)
    }
  }
  const ends = await endTasks(deps, {
    tenantId,
    ends: ended.map(({ outcome, task }) => ({
      taskId: task.taskId,
      jobId: task.jobId,
      state: outcome.state,
      result: outcome.state === 'done' ? outcome.result : outcome.message,
      errorKind: outcome.state === 'failed' ? outcome.error : undefined,
    })),
  })
  for (const commit of ended) await endAnsweredJob(deps, context, commit)
  for (const { error, jobId, message } of [...fatal, ...ends.fatal]) {
    await endJob(deps, context, { jobId, state: 'failed', answer: message, errorKind: error })
  }
  await endHopelessJobs(deps, context, ended)
  return ready + ends.ready
}

function isOver(outcome: TaskOutcome | undefined): boolean {
  return outcome?.state === 'done' || outcome?.state === 'failed'
}

/** An answer that waits: for the tasks that it added, or for the check of its draft. */
async function rest(deps: CommitDeps, tenantId: string, { outcome, step, task }: Resting): Promise<number> {
  const { jobId, taskId } = task
  const asked = step?.ordinal ?? 0
  await waitMidway(deps, { tenantId, taskId })
  if ('change' in outcome) {
    const { change } = outcome
    return (await changePlan(deps, { tenantId, jobId, byTaskId: taskId, change, asked })).ready
  }
  await addReview(deps, { tenantId, jobId, taskId, draft: outcome.draft, asked })
  return 1
}

/** The answering task brings the job's answer; when it or the planner fails, nothing can follow. */
async function endAnsweredJob(deps: CommitDeps, context: TenantContext, commit: Ended): Promise<void> {
  const { outcome, task } = commit
  if (commit.answers && outcome.state === 'done') {
    await endJob(deps, context, { jobId: task.jobId, state: 'done', answer: outcome.result })
  } else if (outcome.state === 'failed' && (commit.answers || (await isSystemTask(deps, task.taskId)))) {
    const { error, message } = outcome
    await endJob(deps, context, { jobId: task.jobId, state: 'failed', answer: message, errorKind: error })
  }
}

async function isSystemTask(deps: CommitDeps, taskId: string): Promise<boolean> {
  const rows = await deps.tx.sql`select 1 from loom.tasks where id = ${taskId}
    and (kind = 'gather' or (kind = 'plan' and position = ${positions.plan}))`
  return rows.length > 0
}

/** A job whose agents have all ended without one that did its work is not worth a synthesis. */
async function endHopelessJobs(
  deps: CommitDeps,
  context: TenantContext,
  ended: readonly Ended[],
): Promise<void> {
  const failed = ended.filter(({ outcome }) => outcome.state === 'failed')
  for (const jobId of new Set(failed.map(({ task }) => task.jobId))) {
    const [left] = await deps.tx.sql<{ hopeful: number; total: number }[]>`
      select count(*) filter (where state not in ('failed', 'cancelled'))::int as hopeful, count(*)::int as total
      from loom.tasks where job_id = ${jobId} and kind = 'work'`
    if (!left || left.total === 0 || left.hopeful > 0) continue
    const outcome = failed.find(({ task }) => task.jobId === jobId)?.outcome
    if (outcome?.state !== 'failed') continue
    await endJob(deps, context, { jobId, state: 'failed', answer: outcome.message, errorKind: outcome.error })
  }
}
