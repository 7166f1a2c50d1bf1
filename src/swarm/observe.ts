import { toLoomError } from '../core/errors.ts'
import type { TaskTrace, Telemetry } from '../core/telemetry.ts'
import type { Tool } from '../core/workspace.ts'
import type { StepCommit } from '../storage/steps/step-commit.ts'
import { runAgent } from './agent.ts'
import type { AgentDeps, AgentRun } from './agent-deps.ts'
import type { ModelChoice } from './models/choice.ts'

/** Runs an agent under the eyes of an observer, who is told of every call, tool and turn of it and of how it ended. */
export async function runObserved(deps: AgentDeps & { telemetry: Telemetry }, run: AgentRun): Promise<void> {
  const { jobId, kind, taskId } = run.task
  const trace = deps.telemetry.task({ tenantId: run.held.tenantId, jobId, taskId, kind })
  const rest = { suspended: false }
  const seen: AgentDeps = {
    ...deps,
    tools: deps.tools.map((tool) => seenTool(deps, trace, tool)),
    async models(of, tier) {
      const { choices, userId } = await deps.models(of, tier)
      return { choices: choices.map((choice) => seenChoice(deps, trace, choice)), userId }
    },
    async commit(input) {
      const result = await deps.commit(input)
      if (result.held && !result.unheard) tellOf(trace, input.commit)
      return result
    },
    suspend(of) {
      rest.suspended = true
      trace.happened({ name: 'suspended' })
      return deps.suspend(of)
    },
  }
  try {
    await runAgent(seen, run)
    trace.ended(rest.suspended ? 'suspended' : 'done')
  } catch (thrown) {
    const { kind: error, retryable } = toLoomError(thrown)
    const goesOn = retryable || error === 'lease_lost' || error === 'cancelled'
    trace.ended(rest.suspended ? 'suspended' : goesOn ? 'handed_back' : { error })
    throw thrown
  }
}

function tellOf(trace: TaskTrace, { outcome, step, summary }: StepCommit): void {
  if (step?.handover) {
    trace.happened({ name: 'failed_over', ...step.handover, to: `${step.provider}/${step.model}` })
  }
  if (step?.heard?.length) trace.happened({ name: 'steered', messages: step.heard.length })
  if (summary) trace.happened({ name: 'compacted', standsForBefore: summary.standsForBefore })
  if (outcome?.state === 'failed') trace.happened({ name: 'gave_up', reason: outcome.error })
}

function seenTool({ now }: Pick<AgentDeps, 'now'>, trace: TaskTrace, tool: Tool): Tool {
  return {
    ...tool,
    async run(input, context) {
      const startedAtMs = now()
      let isError = true
      try {
        const result = await tool.run(input, context)
        isError = result.isError
        return result
      } finally {
        trace.ran({ name: tool.spec.name, startedAtMs, endedAtMs: now(), isError })
      }
    },
  }
}

function seenChoice({ now }: Pick<AgentDeps, 'now'>, trace: TaskTrace, choice: ModelChoice): ModelChoice {
  const { port } = choice
  return {
    ...choice,
    port: {
      ...port,
      async call(request, signal) {
        const { maxOutputTokens, model, purpose } = request
        const about = { provider: port.provider, model, purpose, maxOutputTokens, startedAtMs: now() }
        try {
          const reply = await port.call(request, signal)
          trace.called({ ...about, endedAtMs: now(), outcome: { reply } })
          return reply
        } catch (thrown) {
          const error = signal.aborted ? 'cancelled' : toLoomError(thrown).kind
          trace.called({ ...about, endedAtMs: now(), outcome: { error } })
          throw thrown
        }
      },
    },
  }
}
