import type { Message, Usage } from '../core/model.ts'
import type { Tier } from '../core/words.ts'
import type { TaskRun } from '../storage/leases/runner.ts'
import type { NewSummary } from '../storage/steps/step-commit.ts'
import type { StepRecord } from '../storage/tasks/loaded.ts'
import { type Draft, type Estimate, estimate } from './allowance.ts'
import { type Compaction, prepareCompaction } from './compaction/compact.ts'
import { type Cut, comfortableTokens, dueCut, lessThan, roomForResults } from './compaction/due.ts'
import { createGauge } from './compaction/gauge.ts'
import type { CallDeps } from './models/call.ts'
import type { ModelChoice } from './models/choice.ts'

/** What a task does next and what that may cost: a step, or, where the step would be too large, a compaction first. */
export interface Upcoming {
  draft: Draft
  estimated: Estimate
  compaction?: Compaction
}

/**
 * Tells for each draft of a task what comes next. `learn` takes what a reply says about the size of its request,
 * `refused` that a request was too large: what comes next is smaller then, where it can be.
 */
export function createUpcoming(
  deps: Omit<CallDeps, 'choices'> & {
    models: (run: TaskRun, tier?: Tier) => Promise<{ choices: readonly ModelChoice[] }>
    newId: () => string
  },
  input: {
    run: TaskRun
    choices: readonly ModelChoice[]
    userId: string
    first: Message
    readBlob: Draft['readBlob']
  },
): {
  next(draft: Draft, steps: readonly StepRecord[]): Promise<Upcoming>
  learn(draft: Draft, usage: Usage): void
  refused(draft: Draft): void
  /** In characters, for the results of one step together. */
  roomForResults(): number
} {
  const { choices, first, readBlob, run, userId } = input
  const gauge = createGauge()
  let mostTokens = comfortableTokens(choices)
  const compactionFor = async (cut: Cut, steps: readonly StepRecord[]): Promise<Compaction> => {
    // Where no quick model can be called, lines take the summary's place.
    const quick = await deps.models(run, 'quick').catch(() => ({ choices: [] }))
    const { signal } = run
    return prepareCompaction(deps, { cut, first, steps, choices: quick.choices, userId, readBlob, signal })
  }
  return {
    async next(draft, steps) {
      const cut = dueCut(gauge, { draft, steps, mostTokens })
      if (!cut) return { draft, estimated: estimate(choices, draft) }
      const compaction = await compactionFor(cut, steps)
      return { draft, estimated: compaction.estimated, compaction }
    },
    learn: (draft, usage) => gauge.learn(gauge.sizeOf(draft), usage),
    refused(draft) {
      mostTokens = Math.min(mostTokens, lessThan(gauge.tokensOf(gauge.sizeOf(draft))))
    },
    roomForResults: () => roomForResults(mostTokens),
  }
}

/** Puts a summary beside the newest step, as it will be found there by whoever goes on. */
export function keepSummary(steps: StepRecord[], { standsForBefore, text }: NewSummary): void {
  const newest = steps.at(-1)
  if (newest) steps[steps.length - 1] = { ...newest, summary: { standsForBefore, text } }
}
