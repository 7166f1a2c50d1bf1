import { limits } from '../core/limits.ts'
import type { ModelRequest } from '../core/model.ts'
import { affordableOutputTokens, worstCaseMicroUsd } from '../core/prices.ts'
import type { Asked } from './models/call.ts'
import type { ModelChoice } from './models/choice.ts'

/** Fewer output tokens than this are no use to an agent. */
const leastOutputTokens = 512

/** A request before it is known which model it goes to and how long the reply may be. */
export type Draft = Omit<ModelRequest, 'model' | 'maxOutputTokens'>

/** A draft as one of the choices would get it, with the bound of its input in tokens. */
interface Option {
  choice: ModelChoice
  inputTokens: number
}

export interface Estimate {
  options: readonly Option[]
  wantMicroUsd: number
  leastMicroUsd: number
}

/** The most that a draft may cost whichever choice takes it, and the least with which the cheapest can begin. */
export function estimate(choices: readonly ModelChoice[], draft: Draft): Estimate {
  const options = choices.map((choice) => {
    const request = { ...draft, model: choice.model, maxOutputTokens: limits.modelOutputTokens }
    return { choice, inputTokens: choice.port.countTokens(request) }
  })
  const worst = (maxOutputTokens: number) =>
    options.map(({ choice, inputTokens }) =>
      worstCaseMicroUsd(choice.price, { inputTokens, maxOutputTokens }),
    )
  return {
    options,
    wantMicroUsd: Math.max(...worst(limits.modelOutputTokens)),
    leastMicroUsd: Math.min(...worst(leastOutputTokens)),
  }
}

/**
 * The request for one of the choices, its reply shrunk to what the reservation pays for; `undefined` when it does not
 * pay for a reply that is any use.
 */
export function requestFor(
  draft: Draft,
  choice: ModelChoice,
  input: { estimated: Estimate; reservedMicroUsd: number },
): Asked | undefined {
  const option = input.estimated.options.find((candidate) => candidate.choice === choice)
  if (!option) return undefined
  const { inputTokens } = option
  const affordable = affordableOutputTokens(choice.price, {
    inputTokens,
    allowanceMicroUsd: input.reservedMicroUsd,
  })
  if (affordable < leastOutputTokens) return undefined
  const maxOutputTokens = Math.min(limits.modelOutputTokens, affordable)
  return { request: { ...draft, model: choice.model, maxOutputTokens }, inputTokens }
}
