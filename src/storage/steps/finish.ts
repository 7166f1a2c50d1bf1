import type { TenantContext } from '../database.ts'
import { endJob } from '../jobs/end.ts'
import { noteEstimate } from '../jobs/note-estimate.ts'
import { addPlan } from '../tasks/add-plan.ts'
import { endTasks } from '../tasks/end.ts'
import type { CommitDeps, StepCommit, TaskOutcome } from './step-commit.ts'

type Ended = StepCommit & { outcome: TaskOutcome }

/** What follows from the tasks that end with this commit. Answers how many tasks became ready. */
export async function finishTasks(
  deps: CommitDeps,
  context: TenantContext,
  commits: readonly StepCommit[],
): Promise<number> {
  const ended = commits.filter((commit): commit is Ended => commit.outcome !== undefined)
  if (ended.length === 0) return 0
  let ready = 0
  for (const { budgetKeys, outcome, task } of ended) {
    if (outcome.state === 'done' && outcome.plan) {
      const { jobId, taskId } = task
      ready += await addPlan(deps, {
        tenantId: context.tenantId,
        jobId,
        plannerId: taskId,
        plan: outcome.plan,
      })
      const { estimate } = outcome
      if (estimate) await noteEstimate(deps, { tenantId: context.tenantId, jobId, budgetKeys, estimate })
    }
  }
  ready += await endTasks(deps, {
    tenantId: context.tenantId,
    ends: ended.map(({ outcome, task }) => ({
      taskId: task.taskId,
      jobId: task.jobId,
      state: outcome.state,
      result: outcome.state === 'done' ? outcome.result : outcome.message,
      errorKind: outcome.state === 'failed' ? outcome.error : undefined,
    })),
  })
  for (const commit of ended) await endAnsweredJob(deps, context, commit)
  await endHopelessJobs(deps, context, ended)
  return ready
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
  const rows = await deps.tx.sql`select 1 from loom.tasks where id = ${taskId} and kind in ('gather', 'plan')`
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
