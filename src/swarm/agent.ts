import { LoomError, toLoomError } from '../core/errors.ts'
import type { NewId } from '../core/ids.ts'
import { limits } from '../core/limits.ts'
import type { ModelReply } from '../core/model.ts'
import type { Clock, Log } from '../core/ports.ts'
import { costMicroUsd } from '../core/prices.ts'
import type { Tool, Workspace } from '../core/workspace.ts'
import type { Said } from '../storage/briefs/said.ts'
import type { TaskRun } from '../storage/leases/runner.ts'
import type { CommitResult, StepCommit, TaskOutcome } from '../storage/steps/step-commit.ts'
import type { StepRecord } from '../storage/tasks/load.ts'
import { type Draft, type Estimate, estimate, requestFor } from './allowance.ts'
import type { Commit } from './committer.ts'
import { nextDraft, purposeOf, unheardOf } from './draft.ts'
import { checkedAnswer, type Duty, draftOf, dutyOf } from './duty.ts'
import { type CallDeps, callModel } from './models/call.ts'
import type { ModelChoice } from './models/choice.ts'
import type { Health } from './models/health.ts'
import { outlast } from './outlast.ts'
import { firstMessage } from './prompts.ts'
import { runCalls } from './run-calls.ts'
import { judgeEnd, type Verdict } from './verdict.ts'

export interface AgentDeps {
  /** The models that the task's steps may go to, and under which opaque name its account is known there. */
  models: (run: TaskRun) => Promise<{ choices: readonly ModelChoice[]; userId: string }>
  health: Health
  tools: readonly Tool[]
  openWorkspace: (run: TaskRun) => Workspace
  commit: Commit
  suspend: (run: TaskRun) => Promise<void>
  /** Everything that was said to the running job so far. */
  listen: (run: TaskRun) => Promise<readonly Said[]>
  /** Puts on the card why the task stands still. Never throws. */
  noteDelay: (run: TaskRun, words: string) => void
  pause: CallDeps['pause']
  now: Clock
  newId: NewId
  log: Log
}

export type AgentRun = TaskRun & { draining: () => boolean }

/**
 * Runs one task to its end: model call, tool calls, one commit, and again. Goes on after the committed steps of a
 * worker that is gone. Returns when the task has ended, was suspended for money, or is handed back for a drain.
 * A store that does not answer is waited for with the reply in hand, which is paid for. Throws what the runner settles:
 * `lease_lost`, an abort, a failure of the model or the store.
 */
export async function runAgent(deps: AgentDeps, run: AgentRun): Promise<void> {
  const checked = checkedAnswer(run.task)
  if (checked && unheardOf(run.task.said, run.task.steps).length === 0) {
    if (await endWithDraft(deps, run, checked)) return
    run.task.said = await deps.listen(run)
  }
  try {
    await takeSteps(deps, run)
  } catch (thrown) {
    const error = toLoomError(thrown)
    const draft = draftOf(run.task)
    if (!draft || error.retryable || error.kind === 'lease_lost' || run.signal.aborted) throw thrown
    deps.log.warn(
      { taskId: run.task.taskId, kind: error.kind, detail: error.detail },
      'an answer was not mended',
    )
    if (!(await endWithDraft(deps, run, draft))) throw thrown
  }
}

/** Without a model call. Answers `false` when something was said meanwhile, which is to be read first. */
async function endWithDraft(
  deps: AgentDeps,
  run: AgentRun,
  outcome: Extract<TaskOutcome, { state: 'done' }>,
): Promise<boolean> {
  const { review, said } = run.task
  if (review && review.state !== 'done')
    deps.log.warn({ taskId: run.task.taskId }, 'an answer goes out unchecked')
  const releaseMicroUsd = run.task.reservedMicroUsd
  const nothing = { files: [], releaseMicroUsd, wantMicroUsd: 0, leastMicroUsd: 0 }
  const result = await commitHeld(deps, run, { ...memberOf(run), said: said.length, ...nothing, outcome })
  return !result.unheard
}

async function takeSteps(deps: AgentDeps, run: AgentRun): Promise<void> {
  const { task } = run
  const { choices, userId } = await deps.models(run)
  const workspace = deps.openWorkspace(run)
  const first = firstMessage(task)
  const duty = dutyOf(task, deps.tools)
  const { purpose, tools } = duty
  const steps: StepRecord[] = [...task.steps]
  let said = task.said
  const draftNext = () =>
    nextDraft({ purpose, run, userId, tools, first, steps, unheard: unheardOf(said, steps), readBlob })
  const onWait = (words: string) => deps.noteDelay(run, words)
  const readBlob: Draft['readBlob'] = (sha256, signal) =>
    outlastStore(deps, run, () => workspace.readBlob(sha256, signal))
  let draft = draftNext()
  let estimated = estimate(choices, draft)
  let reserved = await reserveFirst(deps, run, { estimated, said: said.length })

  while (reserved !== undefined) {
    run.signal.throwIfAborted()
    const startedAtMs = deps.now()
    const allowance = { estimated, reservedMicroUsd: reserved }
    const ask = (choice: ModelChoice) => requestFor(draft, choice, allowance)
    const { choice, handover, reply } = await callModel({ ...deps, choices, onWait }, ask, run.signal)
    const { activity, results } = await runCalls(
      { tools, workspace, signal: run.signal, outlast: (work) => outlastStore(deps, run, work) },
      reply,
    )
    const heard = unheardOf(said, steps)
    const called: StepRecord = { ordinal: steps.length, heard, reply: reply.parts, results }
    const verdict = await judge(deps, run, { duty, reply, workspace, steps: [...steps, called] })
    const step = { ...called, results: [...results, ...verdict.told] }
    steps.push(step)
    let outcome = verdict.outcome
    draft = draftNext()
    estimated = outcome ? nothingMore : estimate(choices, draft)
    const commit: StepCommit = {
      ...memberOf(run),
      said: said.length,
      step: {
        id: deps.newId(),
        ...step,
        heard: heard.map(({ messageId }) => messageId),
        provider: reply.provider,
        model: reply.model,
        tier: task.tier,
        usage: reply.usage,
        costMicroUsd: costMicroUsd(choice.price, reply.usage),
        durationMs: deps.now() - startedAtMs,
        activity,
        handover,
      },
      files: workspace.drain(),
      releaseMicroUsd: reserved,
      wantMicroUsd: estimated.wantMicroUsd,
      leastMicroUsd: estimated.leastMicroUsd,
    }
    let result = await commitHeld(deps, run, outcome ? { ...commit, outcome } : commit)
    if (result.unheard) {
      // The answer came, and meanwhile the person said more: it is a step like others, and the next one reads that.
      outcome = undefined
      said = await deps.listen(run)
      draft = draftNext()
      estimated = estimate(choices, draft)
      const { leastMicroUsd, wantMicroUsd } = estimated
      result = await commitHeld(deps, run, { ...commit, wantMicroUsd, leastMicroUsd })
    }
    if (outcome) return
    reserved = await proceed(deps, run, { want: estimated.wantMicroUsd, granted: result.grantedMicroUsd })
    if (reserved !== undefined && result.said > said.length) {
      said = await deps.listen(run)
      draft = draftNext()
      estimated = estimate(choices, draft)
      reserved = await reserveFirst(deps, run, { estimated, said: said.length })
    }
  }
}

/** How the task ends with the last of `steps`, if it does; a store that does not answer meanwhile is waited for. */
function judge(
  deps: AgentDeps,
  run: AgentRun,
  input: { duty: Duty; reply: ModelReply; workspace: Workspace; steps: readonly StepRecord[] },
): Promise<Verdict> {
  const { duty, reply, steps, workspace } = input
  const outcome = duty.outcome(reply, steps)
  return outlastStore(deps, run, () =>
    judgeEnd({ task: run.task, outcome, steps }, { workspace, signal: run.signal }),
  )
}

const nothingMore: Estimate = { options: [], wantMicroUsd: 0, leastMicroUsd: 0 }

function memberOf(run: TaskRun): Pick<StepCommit, 'task' | 'budgetKeys' | 'answers'> {
  return { task: run.held, budgetKeys: run.task.budgetKeys, answers: run.task.answers }
}

async function commitHeld(deps: AgentDeps, run: TaskRun, commit: StepCommit): Promise<CommitResult> {
  const result = await deps.commit({ holder: run.holder, commit })
  if (!result.held)
    throw new LoomError({ kind: 'lease_lost', message: 'The job went on elsewhere or has ended.' })
  // What the runner gives back should this task fail.
  run.task.reservedMicroUsd = result.grantedMicroUsd
  return result
}

/** The reservation for the step that comes first here; a step that costs nothing needs no statement. */
async function reserveFirst(
  deps: AgentDeps,
  run: AgentRun,
  { estimated, said }: { estimated: Estimate; said: number },
): Promise<number | undefined> {
  const { leastMicroUsd, wantMicroUsd } = estimated
  const releaseMicroUsd = run.task.reservedMicroUsd
  if (wantMicroUsd === releaseMicroUsd) return releaseMicroUsd
  const member = { ...memberOf(run), said, files: [], releaseMicroUsd, wantMicroUsd, leastMicroUsd }
  const { grantedMicroUsd } = await commitHeld(deps, run, member)
  return proceed(deps, run, { want: wantMicroUsd, granted: grantedMicroUsd })
}

/** The reservation to go on with; `undefined` when the job rests at its cap or this process is closing. */
async function proceed(
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

/** A call of a tool whose store does not answer is made again, while the card says so. */
function outlastStore<T>(deps: AgentDeps, run: AgentRun, work: () => Promise<T>): Promise<T> {
  const onWait = (words: string) => deps.noteDelay(run, words)
  return outlast({ ...deps, onWait, patienceMs: limits.storePatienceMs }, run.signal, work)
}
