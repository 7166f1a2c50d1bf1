import { LoomError } from '../core/errors.ts'
import type { TaskRun } from '../storage/leases/runner.ts'
import type { CommitResult, StepCommit } from '../storage/steps/step-commit.ts'
import type { AgentDeps, AgentRun } from './agent-deps.ts'
import type { Estimate } from './allowance.ts'
import { purposeOf } from './draft.ts'
import { stepOf, type Turn } from './turn.ts'

/** What a task that ends or rests reserves. */
export const nothingMore: Estimate = { options: [], wantMicroUsd: 0, leastMicroUsd: 0 }

export function memberOf(run: TaskRun): Pick<StepCommit, 'task' | 'budgetKeys' | 'answers'> {
  return { task: run.held, budgetKeys: run.task.budgetKeys, answers: run.task.answers }
}

/** Keeps a reply before its calls are run, and gives back what it had reserved: they may rest for days. */
export async function keepReply(
  deps: AgentDeps,
  run: TaskRun,
  input: { turn: Turn; said: number; releaseMicroUsd: number; durationMs: number },
): Promise<Turn> {
  const { durationMs, releaseMicroUsd, said, turn } = input
  const { step } = stepOf(turn, { results: [], activity: '' }, durationMs)
  if (!step) return turn
  const half = { step: { ...step, state: 'replied' as const }, files: [], releaseMicroUsd }
  await commitHeld(deps, run, { ...memberOf(run), ...nothingMore, said, ...half })
  return { ...turn, unkept: undefined }
}

/** Throws `lease_lost` when the task is no longer this worker's; nothing was written then. */
export async function commitHeld(deps: AgentDeps, run: TaskRun, commit: StepCommit): Promise<CommitResult> {
  const result = await deps.commit({ holder: run.holder, commit })
  if (!result.held)
    throw new LoomError({ kind: 'lease_lost', message: 'The job went on elsewhere or has ended.' })
  // What the runner gives back should this task fail.
  run.task.reservedMicroUsd = result.grantedMicroUsd
  return result
}

/** The reservation for the step that comes first here; a step that costs nothing needs no statement. */
export async function reserveFirst(
  deps: AgentDeps,
  run: AgentRun,
  { next, said }: { next: { estimated: Estimate }; said: readonly unknown[] },
): Promise<number | undefined> {
  const { leastMicroUsd, wantMicroUsd } = next.estimated
  const releaseMicroUsd = run.task.reservedMicroUsd
  if (wantMicroUsd === releaseMicroUsd) return releaseMicroUsd
  const member = {
    ...memberOf(run),
    said: said.length,
    files: [],
    releaseMicroUsd,
    wantMicroUsd,
    leastMicroUsd,
  }
  const { grantedMicroUsd } = await commitHeld(deps, run, member)
  return proceed(deps, run, { want: wantMicroUsd, granted: grantedMicroUsd })
}

/** The reservation to go on with; `undefined` when the job rests at its cap or this process is closing. */
export async function proceed(
  deps: AgentDeps,
  run: AgentRun,
  reservation: { want: number; granted: number },
): Promise<number | undefined> {
  if (reservation.want > 0 && reservation.granted === 0) {
    // What a job can do without does not let it rest.
    if (run.task.kind === 'review' || purposeOf(run.task) === 'replan') {
      throw new LoomError({ kind: 'cap_reached', message: 'The cap leaves no room for this.' })
    }
    await deps.suspend(run)
    return undefined
  }
  if (run.draining())
    throw new LoomError({ kind: 'cancelled', message: 'Loom is closing; the job goes on later.' })
  return reservation.granted
}
