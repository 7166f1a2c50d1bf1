import { LoomError } from '../core/errors.ts'
import { limits } from '../core/limits.ts'
import type { ModelPort, ModelRequest, Usage } from '../core/model.ts'
import {
  affordableOutputTokens,
  costMicroUsd,
  type Price,
  priceOf,
  worstCaseMicroUsd,
} from '../core/prices.ts'

/** Fewer output tokens than this are no use to an agent. */
const leastOutputTokens = 512

export interface Estimate {
  price: Price
  inputTokens: number
  wantMicroUsd: number
  leastMicroUsd: number
}

/** What a request may cost at most, and the least with which it is worth beginning. */
export function estimate(model: ModelPort, request: ModelRequest): Estimate {
  const name = model.modelFor(request.tier)
  const price = priceOf(model.provider, name)
  if (!price) {
    throw new LoomError({
      kind: 'internal',
      message: `Loom knows no price for the model ${name}, so it does not call it.`,
      detail: `${model.provider}/${name}`,
    })
  }
  const inputTokens = model.countTokens(request)
  const worst = (maxOutputTokens: number) => worstCaseMicroUsd(price, { inputTokens, maxOutputTokens })
  return {
    price,
    inputTokens,
    wantMicroUsd: worst(limits.modelOutputTokens),
    leastMicroUsd: worst(leastOutputTokens),
  }
}

/** The output tokens that a reservation pays for, at most the house's limit. */
export function outputTokens(estimated: Estimate, reservedMicroUsd: number): number {
  const { inputTokens, price } = estimated
  const affordable = affordableOutputTokens(price, { inputTokens, allowanceMicroUsd: reservedMicroUsd })
  return Math.min(limits.modelOutputTokens, affordable)
}

export function costOf(model: { provider: string; model: string }, usage: Usage): number {
  const price = priceOf(model.provider, model.model)
  if (!price) {
    throw new LoomError({
      kind: 'internal',
      message: `Loom knows no price for the model ${model.model}.`,
      detail: `${model.provider}/${model.model}`,
    })
  }
  return costMicroUsd(price, usage)
}
