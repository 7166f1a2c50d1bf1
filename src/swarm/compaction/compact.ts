import { toLoomError } from '../../core/errors.ts'
import { limits } from '../../core/limits.ts'
import type { Message } from '../../core/model.ts'
import { costMicroUsd } from '../../core/prices.ts'
import { windowOf } from '../../core/windows.ts'
import type { NewSummary } from '../../storage/steps/step-commit.ts'
import type { StepRecord } from '../../storage/tasks/loaded.ts'
import { type Draft, type Estimate, estimate, requestFor } from '../allowance.ts'
import { type CallDeps, callModel } from '../models/call.ts'
import type { ModelChoice } from '../models/choice.ts'
import { systemPrompt } from '../prompts.ts'
import { textOf } from '../transcript.ts'
import type { Cut } from './due.ts'
import { linesOf, materialOf } from './material.ts'

/** Of the window of the model that summarises; what is left is for its reply and for a wrong guess. */
const materialShare = 0.5
const leastBytesPerToken = 2
const linesChars = 24_000

/** A compaction that is decided: what it may cost, and how to do it once that is reserved. */
export interface Compaction {
  estimated: Estimate
  /** Throws an abort only: where no model can be asked or its reply is no use, lines take the summary's place. */
  run(reservedMicroUsd: number): Promise<NewSummary>
}

/**
 * Gets the summary ready that shall stand for the older steps of a task: one call of its own over a quick model, or none
 * where it is enough to leave pictures out. What it answers is kept with the newest step, so that every worker that
 * goes on from there sends the same.
 */
export function prepareCompaction(
  deps: Omit<CallDeps, 'choices'> & { newId: () => string },
  input: {
    cut: Cut
    first: Message
    steps: readonly StepRecord[]
    /** Models of the quick tier; none: nobody can be asked. */
    choices: readonly ModelChoice[]
    userId: string
    readBlob: Draft['readBlob']
    signal: AbortSignal
  },
): Compaction {
  const { choices, cut, first, signal, steps } = input
  const { standsForBefore } = cut
  const earlier = steps.findLast((step) => step.summary)?.summary
  const gone = steps.filter(
    ({ ordinal }) => ordinal >= (earlier?.standsForBefore ?? 0) && ordinal < standsForBefore,
  )
  const before = earlier?.text ?? ''
  const summary = { id: deps.newId(), ordinal: steps.at(-1)?.ordinal ?? 0, standsForBefore }
  if (cut.kind === 'pictures') {
    return { estimated: nothingMore, run: async () => ({ ...summary, text: before }) }
  }
  const lines = (): NewSummary => ({
    ...summary,
    text: linesOf({ before, steps: gone, mostChars: linesChars }),
  })
  const tokens = Math.min(...choices.map(({ model, port }) => windowOf(port.provider, model)))
  if (choices.length === 0) return { estimated: nothingMore, run: async () => lines() }

  const mostChars = Math.min(tokens, limits.workingTokens) * materialShare * leastBytesPerToken
  const draft: Draft = {
    purpose: 'compact',
    effort: 'low',
    userId: input.userId,
    system: systemPrompt('compact'),
    tools: [],
    mayCallTools: false,
    messages: [materialOf({ first, before, steps: gone, mostChars })],
    readBlob: input.readBlob,
  }
  const estimated = estimate(choices, draft)
  return {
    estimated,
    async run(reservedMicroUsd) {
      const startedAtMs = deps.now()
      const ask = (choice: ModelChoice) => requestFor(draft, choice, { estimated, reservedMicroUsd })
      try {
        const { choice, handover, reply } = await callModel({ ...deps, choices }, ask, signal)
        const text = reply.stop === 'refusal' ? '' : textOf(reply.parts)
        const call = {
          provider: reply.provider,
          model: reply.model,
          tier: 'quick' as const,
          usage: reply.usage,
          costMicroUsd: costMicroUsd(choice.price, reply.usage),
          durationMs: deps.now() - startedAtMs,
          handover,
        }
        return text === '' ? { ...lines(), call } : { ...summary, text, call }
      } catch (thrown) {
        signal.throwIfAborted()
        const { detail, kind } = toLoomError(thrown)
        deps.log.warn({ kind, detail }, 'no summary could be made; lines stand for the steps')
        return lines()
      }
    },
  }
}

const nothingMore: Estimate = { options: [], wantMicroUsd: 0, leastMicroUsd: 0 }
