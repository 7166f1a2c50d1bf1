import { LoomError } from '../core/errors.ts'
import type { NewId } from '../core/ids.ts'
import { limits } from '../core/limits.ts'
import type { Message, ModelPort, ModelPurpose, ModelReply, ModelRequest, Part } from '../core/model.ts'
import type { Plan } from '../core/plan.ts'
import type { Clock, Log } from '../core/ports.ts'
import type { Tool, Workspace } from '../core/workspace.ts'
import type { TaskRun } from '../storage/leases/runner.ts'
import type { CommitResult, StepCommit, TaskOutcome } from '../storage/steps/step-commit.ts'
import type { StepRecord } from '../storage/tasks/load.ts'
import { costOf, estimate, outputTokens } from './allowance.ts'
import type { Commit } from './committer.ts'
import { callModel } from './models/call.ts'
import { planTool } from './plan-tool.ts'
import { firstMessage, systemPrompt } from './prompts.ts'
import { runTool } from './tools/index.ts'
import { messagesOf, textOf, toolCallsOf } from './transcript.ts'

export interface AgentDeps {
  model: ModelPort
  tools: readonly Tool[]
  openWorkspace: (run: TaskRun) => Workspace
  commit: Commit
  suspend: (run: TaskRun) => Promise<void>
  now: Clock
  newId: NewId
  log: Log
}

export type AgentRun = TaskRun & { draining: () => boolean }

const nudges: Record<ModelPurpose, string> = {
  plan: 'Call submit_plan with the plan.',
  work: 'Say in a few sentences what you found and which files you wrote.',
  synthesize: 'Write the answer for the person now.',
}

const lastNudge = 'This is your last step: no tool can be called any more. Answer with what you have.'

/**
 * Runs one task to its end: model call, tool calls, one commit, and again. Goes on after the committed steps of a
 * worker that is gone. Returns when the task has ended, was suspended for money, or is handed back for a drain.
 * Throws what the runner settles: `lease_lost`, an abort, a failure of the model or the store.
 */
export async function runAgent(deps: AgentDeps, run: AgentRun): Promise<void> {
  const { task } = run
  const purpose = purposeOf(task.kind)
  const workspace = deps.openWorkspace(run)
  const first = firstMessage(task, workspace)
  let plan: Plan | undefined
  const tools = purpose === 'plan' ? [...deps.tools, planTool((taken) => (plan = taken))] : deps.tools
  const steps: StepRecord[] = [...task.steps]
  let request = nextRequest({ purpose, run, tools, first, steps, workspace })
  let reserved = await reserveFirst(deps, run, request)

  while (reserved !== undefined) {
    run.signal.throwIfAborted()
    const estimated = estimate(deps.model, request)
    const allowed = { ...request, maxOutputTokens: outputTokens(estimated, reserved) }
    const startedAtMs = deps.now()
    const reply = await callModel(deps, allowed, run.signal)
    const { activity, results } = await runCalls({ tools, workspace, signal: run.signal }, reply)
    const step: StepRecord = { ordinal: steps.length, reply: reply.parts, results }
    steps.push(step)
    const outcome = outcomeOf({ purpose, reply, steps, plan, maxSteps: task.maxSteps })
    request = nextRequest({ purpose, run, tools, first, steps, workspace })
    const next = outcome ? { wantMicroUsd: 0, leastMicroUsd: 0 } : estimate(deps.model, request)
    const commit: StepCommit = {
      ...memberOf(run),
      step: {
        id: deps.newId(),
        ...step,
        provider: reply.provider,
        model: reply.model,
        tier: task.tier,
        usage: reply.usage,
        costMicroUsd: costOf(reply, reply.usage),
        durationMs: deps.now() - startedAtMs,
        activity,
      },
      files: workspace.drain(),
      releaseMicroUsd: reserved,
      wantMicroUsd: next.wantMicroUsd,
      leastMicroUsd: next.leastMicroUsd,
      ...(outcome ? { outcome } : {}),
    }
    const result = await commitHeld(deps, run, commit)
    if (outcome) return
    reserved = await proceed(deps, run, { want: next.wantMicroUsd, granted: result.grantedMicroUsd })
  }
}

function purposeOf(kind: TaskRun['task']['kind']): ModelPurpose {
  return kind === 'plan' || kind === 'synthesize' ? kind : 'work'
}

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
  request: ModelRequest,
): Promise<number | undefined> {
  const { leastMicroUsd, wantMicroUsd } = estimate(deps.model, request)
  const releaseMicroUsd = run.task.reservedMicroUsd
  if (wantMicroUsd === releaseMicroUsd) return releaseMicroUsd
  const member = { ...memberOf(run), files: [], releaseMicroUsd, wantMicroUsd, leastMicroUsd }
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

function nextRequest(input: {
  purpose: ModelPurpose
  run: TaskRun
  tools: readonly Tool[]
  first: Message
  steps: readonly StepRecord[]
  workspace: Workspace
}): ModelRequest {
  const { first, purpose, run, steps, tools, workspace } = input
  const last = purpose !== 'plan' && steps.length >= run.task.maxSteps - 1
  const messages = messagesOf({ first, steps, nudge: nudges[purpose] })
  return {
    purpose,
    tier: run.task.tier,
    system: systemPrompt(purpose),
    tools: last ? [] : tools.map((tool) => tool.spec),
    messages: last ? [...messages, { role: 'user', parts: [{ type: 'text', text: lastNudge }] }] : messages,
    maxOutputTokens: limits.modelOutputTokens,
    readBlob: workspace.readBlob,
  }
}

/** Runs the calls of a reply in their order. Past the limit a call is answered with a refusal, not run. */
async function runCalls(
  context: { tools: readonly Tool[]; workspace: Workspace; signal: AbortSignal },
  reply: ModelReply,
): Promise<{ results: Part[]; activity: string }> {
  const results: Part[] = []
  const activities = new Set<string>()
  for (const [index, call] of toolCallsOf(reply.parts).entries()) {
    if (index >= limits.toolCallsPerStep) {
      const text = `At most ${limits.toolCallsPerStep} calls are run in one step. Call this one again.`
      results.push({
        type: 'tool_result',
        callId: call.id,
        name: call.name,
        content: [{ type: 'text', text }],
        isError: true,
      })
      continue
    }
    const { activity, result } = await runTool(context.tools, call, context)
    results.push(result)
    activities.add(activity)
  }
  return { results, activity: [...activities].at(-1) ?? '' }
}

/** Whether and how the task ends with this step. */
function outcomeOf(input: {
  purpose: ModelPurpose
  reply: ModelReply
  steps: readonly StepRecord[]
  plan: Plan | undefined
  maxSteps: number
}): TaskOutcome | undefined {
  const { maxSteps, plan, purpose, reply, steps } = input
  if (reply.stop === 'refusal') {
    return { state: 'failed', error: 'refused', message: 'The model declined to work on this.' }
  }
  if (purpose === 'plan') {
    if (plan) return { state: 'done', result: plan.title, plan }
    if (refusedPlans(steps) >= limits.planAttempts || steps.length >= limits.planSteps) {
      return { state: 'failed', error: 'invalid_input', message: 'No usable plan was made for this brief.' }
    }
    return undefined
  }
  const text = textOf(reply.parts)
  if (toolCallsOf(reply.parts).length === 0 && text !== '') {
    const cut = reply.stop === 'length' ? '\n\n(This was cut at the length limit of one reply.)' : ''
    return { state: 'done', result: text + cut }
  }
  if (steps.length < maxSteps) return undefined
  return {
    state: 'failed',
    error: 'too_large',
    message: `This was not finished within ${maxSteps} steps. What was written is kept.`,
  }
}

function refusedPlans(steps: readonly StepRecord[]): number {
  return steps
    .flatMap((step) => step.results)
    .filter((part) => part.type === 'tool_result' && part.name === 'submit_plan' && part.isError).length
}
