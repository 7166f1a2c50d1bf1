import { limits } from '../../core/limits.ts'
import { windowOf } from '../../core/windows.ts'
import type { StepRecord } from '../../storage/tasks/loaded.ts'
import type { Draft } from '../allowance.ts'
import type { ModelChoice } from '../models/choice.ts'
import { type Gauge, type Size, sizeOfParts } from './gauge.ts'

/** So full a window leaves room for the reply, and for what one more step brings. */
const fullShare = 0.7
/** What is kept word for word: the newest steps, as far as they fit in this share of what may stand there. */
const keptShare = 0.25
/** Not worth a call for less. */
const leastGain = 0.15
const resultsShare = 0.3
const leastBytesPerToken = 2

/** What a task's requests may come to in tokens, whichever of its models they go to. */
export function comfortableTokens(choices: readonly ModelChoice[]): number {
  const windows = choices.map(({ model, port, price }) =>
    Math.min(
      windowOf(port.provider, model),
      // Where a long prompt is dearer, it is not made long.
      price.long?.aboveTokens ?? Number.POSITIVE_INFINITY,
    ),
  )
  const smallest = Math.min(...windows)
  return smallest === Number.POSITIVE_INFINITY
    ? smallest
    : fullShare * Math.min(smallest, limits.workingTokens)
}

/** How many characters the results of one step may have together: they must stand beside what is kept. */
export function roomForResults(mostTokens: number): number {
  return Math.floor(mostTokens * resultsShare * leastBytesPerToken)
}

/** What requests may come to after one was refused as too large: the windows that we know of were not the truth. */
export function lessThan(refusedTokens: number): number {
  return fullShare * refusedTokens
}

/** Which steps a summary shall stand for; `pictures`: it is enough to leave those of older steps out. */
export type Cut = { kind: 'pictures' | 'summary'; standsForBefore: number }

/**
 * Whether the next request has grown too large, and what to do about it. Pictures and documents of older steps go
 * first, since their files can be looked at again; then the older steps. The newest step, whose results nobody has
 * read yet, always stays.
 */
export function dueCut(
  gauge: Gauge,
  input: { draft: Draft; steps: readonly StepRecord[]; mostTokens: number },
): Cut | undefined {
  const { draft, mostTokens: most, steps } = input
  const newest = steps.at(-1)
  const size = gauge.sizeOf(draft)
  if (!newest || gauge.tokensOf(size) <= most) return undefined
  const from = steps.findLast((step) => step.summary)
  const cutBefore = from?.summary?.standsForBefore ?? 0
  const sent = steps.filter((step) => step.ordinal >= cutBefore)
  const pictures = picturesOf(sent.filter((step) => step !== newest && step.ordinal >= (from?.ordinal ?? 0)))
  if (pictures > leastGain * most && gauge.tokensOf(size) - pictures <= most) {
    return { kind: 'pictures', standsForBefore: cutBefore }
  }
  const standsForBefore = firstKept(sent, (step) => gauge.tokensOf(sizeOf(step)), keptShare * most)
  const gone = sent.filter((step) => step.ordinal < standsForBefore)
  const gain = gone.reduce((total, step) => total + gauge.tokensOf(sizeOf(step)), 0)
  return gain > leastGain * most ? { kind: 'summary', standsForBefore } : undefined
}

/** The ordinal of the oldest of the newest steps that fit; of the newest one in any case. */
function firstKept(
  steps: readonly StepRecord[],
  tokensOf: (step: StepRecord) => number,
  mostTokens: number,
): number {
  let kept = steps.at(-1)?.ordinal ?? 0
  let tokens = 0
  for (const step of steps.toReversed()) {
    tokens += tokensOf(step)
    if (tokens > mostTokens) break
    kept = step.ordinal
  }
  return kept
}

function sizeOf({ reply, results }: StepRecord): Size {
  return sizeOfParts([...reply, ...results])
}

function picturesOf(steps: readonly StepRecord[]): number {
  return steps.reduce((total, step) => total + sizeOfParts(step.results).pictures, 0)
}
