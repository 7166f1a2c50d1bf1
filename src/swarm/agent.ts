import { LoomError } from '../core/errors.ts'
import type { CostEstimate } from '../core/estimate.ts'
import type { NewId } from '../core/ids.ts'
import { limits } from '../core/limits.ts'
import type { ModelPurpose } from '../core/model.ts'
import type { People } from '../core/people.ts'
import type { Plan } from '../core/plan.ts'
import type { Clock, Log } from '../core/ports.ts'
import type { Tier } from '../core/words.ts'
import type { Tool, Workspace } from '../core/workspace.ts'
import type { Said } from '../storage/briefs/said.ts'
import type { TaskRun } from '../storage/leases/runner.ts'
import type { CommitResult, StepCommit } from '../storage/steps/step-commit.ts'
import type { StepRecord } from '../storage/tasks/load.ts'
import { type Draft, type Estimate, requestFor } from './allowance.ts'
import type { Commit } from './committer.ts'
import { createDrafts, purposeOf, unheardOf } from './draft.ts'
import { type CallDeps, callModel } from './models/call.ts'
import type { ModelChoice } from './models/choice.ts'
import type { Health } from './models/health.ts'
import { outcomeOf } from './outcome.ts'
import { outlast } from './outlast.ts'
import { planTool } from './plan-tool.ts'
import { firstMessage } from './prompts.ts'
import { reachesOutside, runCalls } from './run-calls.ts'
import { callsOf, newTurn, stepOf, type Turn, takeUp } from './turn.ts'
import { createUpcoming, keepSummary, type Upcoming } from './upcoming.ts'

export interface AgentDeps {
  /**
   * The models that the task's steps may go to, or those of another tier, and under which opaque name its account is
   * known there.
   */
  models: (run: TaskRun, tier?: Tier) => Promise<{ choices: readonly ModelChoice[]; userId: string }>
  health: Health
  /** What a plan is likely to cost, where it costs anything. Never throws. */
  estimatePlan: (run: TaskRun, plan: Plan, workspace: Workspace) => Promise<CostEstimate | undefined>
  limits: CallDeps['limits']
  tools: readonly Tool[]
  openWorkspace: (run: TaskRun) => Workspace
  commit: Commit
  suspend: (run: TaskRun) => Promise<void>
  /** The people of the job's threads, for one call of a step. */
  people: (run: TaskRun, at: { stepId: string; callId: string }) => People
  /** Everything that was said to this agent, or to all of its job, so far. */
  listen: (run: TaskRun) => Promise<readonly Said[]>
  /** Puts on the card why the task stands still. Never throws. */
  noteDelay: (run: TaskRun, words: string) => void
  pause: CallDeps['pause']
  now: Clock
  random: CallDeps['random']
  newId: NewId
  log: Log
}

export type AgentRun = TaskRun & { draining: () => boolean }

/**
 * Runs one task to its end: model call, tool calls, one commit, and again. Goes on after the committed steps of a
 * worker that is gone. A reply whose calls reach outside is committed before they are run, and its results after them:
 * whoever goes on in between runs the same calls under the same keys. Returns when the task has ended, rests for money
 * or for people, or is handed back for a drain.
 * A store that does not answer is waited for with the reply in hand, which is paid for. Throws what the runner settles:
 * `lease_lost`, an abort, a failure of the model or the store.
 */
export async function runAgent(deps: AgentDeps, run: AgentRun): Promise<void> {
  const { task } = run
  const purpose = purposeOf(task.kind)
  const { choices, userId } = await deps.models(run)
  const workspace = deps.openWorkspace(run)
  const first = firstMessage(task, workspace)
  let plan: Plan | undefined
  const tools = toolsFor(deps, purpose, (taken) => (plan = taken))
  const steps: StepRecord[] = [...task.steps]
  let said = task.said
  const onWait = (words: string) => deps.noteDelay(run, words)
  const readBlob: Draft['readBlob'] = (sha256, signal) =>
    outlastStore(deps, run, () => workspace.readBlob(sha256, signal))
  const drafts = createDrafts({ purpose, run, userId, tools, first, readBlob })
  const upcoming = createUpcoming({ ...deps, onWait }, { run, choices, userId, first, readBlob })
  const comeNext = () => upcoming.next(drafts(steps, unheardOf(said, steps)), steps)
  let taken = task.replied && takeUp(task.replied)
  // A turn that another worker began is paid for; its calls come before any other thing.
  let next: Upcoming = taken
    ? { draft: drafts(steps, unheardOf(said, steps)), estimated: nothingMore }
    : await comeNext()
  let reserved = await reserveFirst(deps, run, { ...next, said: said.length })

  while (reserved !== undefined) {
    run.signal.throwIfAborted()
    if (next.compaction) {
      const summary = await next.compaction.run(reserved)
      keepSummary(steps, summary)
      next = await comeNext()
      const { leastMicroUsd, wantMicroUsd } = next.estimated
      const money = { releaseMicroUsd: reserved, wantMicroUsd, leastMicroUsd }
      const member = { ...memberOf(run), said: said.length, summary, files: [], ...money }
      const { grantedMicroUsd } = await commitHeld(deps, run, member)
      reserved = await proceed(deps, run, { want: wantMicroUsd, granted: grantedMicroUsd })
      continue
    }
    const startedAtMs = deps.now()
    const { draft, estimated } = next
    const allowance = { estimated, reservedMicroUsd: reserved }
    const ask = (choice: ModelChoice) => requestFor(draft, choice, allowance)
    const ordinal = task.firstStep + steps.length
    let turn = taken
    taken = undefined
    if (!turn) {
      const called = await callModel({ ...deps, choices, onWait }, ask, run.signal).catch(tooLarge)
      if ('tooLarge' in called) {
        // The windows that we know of were not the truth: with less before it, the same step is tried once more.
        upcoming.refused(draft)
        next = await comeNext()
        if (!next.compaction) throw called.tooLarge
        reserved = await reserveFirst(deps, run, { ...next, said: said.length })
        continue
      }
      upcoming.learn(draft, called.reply.usage)
      turn = newTurn(called, { id: deps.newId(), ordinal, heard: unheardOf(said, steps), tier: task.tier })
    }
    const durationMs = () => deps.now() - startedAtMs
    if (turn.unkept && reachesOutside(tools, callsOf(turn))) {
      const kept = { turn, said: said.length, releaseMicroUsd: reserved, durationMs: durationMs() }
      turn = await keepReply(deps, run, kept)
      reserved = 0
    }
    const { heard, id: stepId, reply, stop } = turn
    const ran = await runCalls(
      {
        ...{ tools, workspace, signal: run.signal, stepId },
        people: (callId) => deps.people(run, { stepId, callId }),
        outlast: (work) => outlastStore(deps, run, work),
        roomChars: upcoming.roomForResults(),
        keepAs: { folder: task.spec.key, ordinal },
      },
      callsOf(turn),
    )
    if (!ran) return
    steps.push({ ordinal: turn.ordinal, heard, reply, results: ran.results })
    let outcome = outcomeOf({ purpose, reply: { parts: reply, stop }, steps, plan, maxSteps: task.maxSteps })
    if (plan && outcome?.state === 'done')
      outcome = { ...outcome, estimate: await deps.estimatePlan(run, plan, workspace) }
    next = outcome ? { draft, estimated: nothingMore } : await comeNext()
    const commit: StepCommit = {
      ...memberOf(run),
      said: said.length,
      ...stepOf(turn, ran, durationMs()),
      files: workspace.drain(),
      releaseMicroUsd: reserved,
      wantMicroUsd: next.estimated.wantMicroUsd,
      leastMicroUsd: next.estimated.leastMicroUsd,
    }
    let result = await commitHeld(deps, run, outcome ? { ...commit, outcome } : commit)
    if (result.unheard) {
      // The answer came, and meanwhile the person said more: it is a step like others, and the next one reads that.
      outcome = undefined
      said = await deps.listen(run)
      next = await comeNext()
      const { leastMicroUsd, wantMicroUsd } = next.estimated
      result = await commitHeld(deps, run, { ...commit, wantMicroUsd, leastMicroUsd })
    }
    if (outcome) return
    reserved = await proceed(deps, run, {
      want: next.estimated.wantMicroUsd,
      granted: result.grantedMicroUsd,
    })
    if (reserved !== undefined && result.said > said.length) {
      said = await deps.listen(run)
      next = await comeNext()
      reserved = await reserveFirst(deps, run, { ...next, said: said.length })
    }
  }
}

function toolsFor(deps: AgentDeps, purpose: ModelPurpose, take: (plan: Plan) => void): readonly Tool[] {
  return purpose === 'plan' ? [...deps.tools, planTool(take)] : deps.tools
}

const nothingMore: Estimate = { options: [], wantMicroUsd: 0, leastMicroUsd: 0 }

function tooLarge(thrown: unknown): { tooLarge: LoomError } {
  if (thrown instanceof LoomError && thrown.kind === 'too_large') return { tooLarge: thrown }
  throw thrown
}

function memberOf(run: TaskRun): Pick<StepCommit, 'task' | 'budgetKeys' | 'answers'> {
  return { task: run.held, budgetKeys: run.task.budgetKeys, answers: run.task.answers }
}

/** Keeps a reply before its calls are run, and gives back what it had reserved: they may rest for days. */
async function keepReply(
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
