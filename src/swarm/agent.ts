import { LoomError, toLoomError } from '../core/errors.ts'
import type { StepCommit, TaskOutcome } from '../storage/steps/step-commit.ts'
import type { StepRecord } from '../storage/tasks/loaded.ts'
import type { AgentDeps, AgentRun } from './agent-deps.ts'
import { requestFor } from './allowance.ts'
import { unheardOf } from './draft.ts'
import { checkedAnswer, draftOf } from './duty.ts'
import { commitHeld, keepReply, memberOf, proceed, reserveFirst } from './hold.ts'
import { callModel } from './models/call.ts'
import type { ModelChoice } from './models/choice.ts'
import { type Ran, reachesOutside, runCalls } from './run-calls.ts'
import { callsOf, newTurn, stepOf, type Turn, takeUp } from './turn.ts'
import { keepSummary } from './upcoming.ts'
import { judgeEnd, type Verdict } from './verdict.ts'
import { openWork, outlastStore, type Work } from './work.ts'

/**
 * Runs one task to its end: model call, tool calls, one commit, and again. Goes on after the committed steps of a
 * worker that is gone. A reply whose calls reach outside is committed before they are run, and its results after them:
 * whoever goes on in between runs the same calls under the same keys. Returns when the task has ended, rests for money
 * or for people, or is handed back for a drain.
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
  const work = await openWork(deps, run)
  let turn = run.task.replied && takeUp(run.task.replied)
  let reserved = await reserveFirst(deps, run, work)
  while (reserved !== undefined) {
    run.signal.throwIfAborted()
    if (work.next.compaction) {
      reserved = await compactFirst(deps, run, work, reserved)
      continue
    }
    const startedAtMs = deps.now()
    turn ??= await askModel(deps, run, work, reserved)
    reserved = turn
      ? await takeStep(deps, run, work, { turn, reserved, startedAtMs })
      : await reserveFirst(deps, run, work)
    turn = undefined
  }
}

/** Puts a summary in the place of the older steps. Answers the reservation of the step that comes then. */
async function compactFirst(
  deps: AgentDeps,
  run: AgentRun,
  work: Work,
  reserved: number,
): Promise<number | undefined> {
  const summary = await work.next.compaction?.run(reserved)
  if (!summary) return reserved
  keepSummary(work.steps, summary)
  await work.comeNext()
  const { leastMicroUsd, wantMicroUsd } = work.next.estimated
  const money = { releaseMicroUsd: reserved, wantMicroUsd, leastMicroUsd }
  const member = { ...memberOf(run), said: work.said.length, summary, files: [], ...money }
  const { grantedMicroUsd } = await commitHeld(deps, run, member)
  return proceed(deps, run, { want: wantMicroUsd, granted: grantedMicroUsd })
}

/** The reply to what comes next; `undefined` when that was too large for the model and something smaller comes next. */
async function askModel(
  deps: AgentDeps,
  run: AgentRun,
  work: Work,
  reserved: number,
): Promise<Turn | undefined> {
  const { choices, next, upcoming } = work
  const { draft, estimated } = next
  const ask = (choice: ModelChoice) => requestFor(draft, choice, { estimated, reservedMicroUsd: reserved })
  const onWait = (words: string) => deps.noteDelay(run, words)
  const called = await callModel({ ...deps, choices, onWait }, ask, run.signal).catch(tooLarge)
  if ('tooLarge' in called) {
    // The windows that we know of were not the truth: with less before it, the same step is tried once more.
    upcoming.refused(draft)
    await work.comeNext()
    if (!work.next.compaction) throw called.tooLarge
    return undefined
  }
  upcoming.learn(draft, called.reply.usage)
  const at = { ordinal: run.task.firstStep + work.steps.length, heard: work.unheard(), tier: run.task.tier }
  return newTurn(called, { id: deps.newId(), ...at })
}

function tooLarge(thrown: unknown): { tooLarge: LoomError } {
  if (thrown instanceof LoomError && thrown.kind === 'too_large') return { tooLarge: thrown }
  throw thrown
}

/** Runs the calls of a reply and commits the step. Answers the reservation to go on with, `undefined` at the end. */
async function takeStep(
  deps: AgentDeps,
  run: AgentRun,
  work: Work,
  input: { turn: Turn; reserved: number; startedAtMs: number },
): Promise<number | undefined> {
  const durationMs = () => deps.now() - input.startedAtMs
  let { turn, reserved: releaseMicroUsd } = input
  if (turn.unkept && reachesOutside(work.duty.tools, callsOf(turn))) {
    const kept = { turn, said: work.said.length, releaseMicroUsd, durationMs: durationMs() }
    turn = await keepReply(deps, run, kept)
    releaseMicroUsd = 0
  }
  const ran = await runTurn(deps, run, work, turn)
  if (!ran) return undefined
  const { outcome, results } = await judge(deps, run, work, { turn, ran })
  const commit: StepCommit = {
    ...memberOf(run),
    said: work.said.length,
    ...stepOf(turn, { ...ran, results }, durationMs()),
    files: work.workspace.drain(),
    releaseMicroUsd,
    ...wantOf(work),
  }
  return commitStep(deps, run, work, { commit, outcome })
}

function wantOf({ next }: Work): Pick<StepCommit, 'wantMicroUsd' | 'leastMicroUsd'> {
  const { leastMicroUsd, wantMicroUsd } = next.estimated
  return { wantMicroUsd, leastMicroUsd }
}

function runTurn(deps: AgentDeps, run: AgentRun, work: Work, turn: Turn): Promise<Ran> {
  const { id: stepId, ordinal } = turn
  return runCalls(
    {
      ...{ tools: work.duty.tools, workspace: work.workspace, signal: run.signal, stepId },
      people: (callId) => deps.people(run, { stepId, callId }),
      outlast: (call) => outlastStore(deps, run, call),
      roomChars: work.upcoming.roomForResults(),
      keepAs: { folder: run.task.spec.key, ordinal },
    },
    callsOf(turn),
  )
}

/**
 * How the task ends with this step, if it does, and what the step's results are with what the agent is told then. A
 * store that does not answer meanwhile is waited for. What comes next is made.
 */
async function judge(
  deps: AgentDeps,
  run: AgentRun,
  work: Work,
  { ran, turn }: { turn: Turn; ran: NonNullable<Ran> },
): Promise<{ outcome: TaskOutcome | undefined; results: StepRecord['results'] }> {
  const { duty, steps, workspace } = work
  const { heard, ordinal, reply, stop } = turn
  const called: StepRecord = { ordinal, heard, reply, results: ran.results }
  const outcome = duty.outcome({ parts: reply, stop }, [...steps, called])
  const verdict: Verdict = await outlastStore(deps, run, () =>
    judgeEnd({ task: run.task, outcome, steps: [...steps, called] }, { workspace, signal: run.signal }),
  )
  const results = [...ran.results, ...verdict.told]
  steps.push({ ...called, results })
  if (!verdict.outcome) {
    await work.comeNext()
    return { outcome: undefined, results }
  }
  work.rest()
  const plan = verdict.outcome.state === 'done' ? verdict.outcome.plan : undefined
  if (!plan || verdict.outcome.state !== 'done') return { outcome: verdict.outcome, results }
  return { outcome: { ...verdict.outcome, estimate: await deps.estimatePlan(run, plan, workspace) }, results }
}

async function commitStep(
  deps: AgentDeps,
  run: AgentRun,
  work: Work,
  { commit, outcome }: { commit: StepCommit; outcome: TaskOutcome | undefined },
): Promise<number | undefined> {
  let result = await commitHeld(deps, run, outcome ? { ...commit, outcome } : commit)
  if (outcome && !result.unheard) return undefined
  if (result.unheard) {
    // The answer came, and meanwhile the person said more: it is a step like others, and the next one reads that.
    await work.hear()
    result = await commitHeld(deps, run, { ...commit, ...wantOf(work) })
  }
  const want = work.next.estimated.wantMicroUsd
  const reserved = await proceed(deps, run, { want, granted: result.grantedMicroUsd })
  if (reserved === undefined || result.said <= work.said.length) return reserved
  await work.hear()
  return reserveFirst(deps, run, work)
}
