import type { Usage } from './model.ts'

/** Micro-dollars (1/1,000,000 of a US dollar) per million tokens: $3.00 per million is 3,000,000. */
export interface Price {
  inputMicroUsd: number
  cacheReadMicroUsd: number
  cacheWriteMicroUsd: number
  outputMicroUsd: number
}

const usd = (input: number, cacheRead: number, cacheWrite: number, output: number): Price => ({
  inputMicroUsd: Math.round(input * 1_000_000),
  cacheReadMicroUsd: Math.round(cacheRead * 1_000_000),
  cacheWriteMicroUsd: Math.round(cacheWrite * 1_000_000),
  outputMicroUsd: Math.round(output * 1_000_000),
})

/**
 * List prices in US dollars per million tokens: input, cache read, cache write (5 minutes), output.
 * Sources: Anthropic, "Pricing", platform.claude.com/docs; OpenAI, "Pricing", developers.openai.com/api/docs/pricing;
 * both as quoted by
 * public price overviews between April and June 2026, held against each other on 2026-11-22. OpenAI bills no cache writes.
 */
export const prices: Readonly<Record<string, Price>> = {
  'anthropic/claude-opus-4-6': usd(5, 0.5, 6.25, 25),
  'anthropic/claude-sonnet-4-6': usd(3, 0.3, 3.75, 15),
  'anthropic/claude-haiku-4-5': usd(1, 0.1, 1.25, 5),
  'openai/gpt-5.5': usd(5, 0.5, 5, 30),
  'openai/gpt-5.4': usd(2.5, 0.25, 2.5, 15),
  'openai/gpt-5-mini': usd(0.25, 0.025, 0.25, 2),
  'openai/gpt-5.4-nano': usd(0.2, 0.02, 0.2, 1.25),
  'rehearsal/rehearsal': usd(0, 0, 0, 0),
}

export function priceOf(provider: string, model: string): Price | undefined {
  return Object.hasOwn(prices, `${provider}/${model}`) ? prices[`${provider}/${model}`] : undefined
}

/** What a call cost, in micro-dollars, rounded up once at the end. */
export function costMicroUsd(price: Price, usage: Usage): number {
  const picoUsd =
    BigInt(usage.inputTokens) * BigInt(price.inputMicroUsd) +
    BigInt(usage.cacheReadTokens) * BigInt(price.cacheReadMicroUsd) +
    BigInt(usage.cacheWriteTokens) * BigInt(price.cacheWriteMicroUsd) +
    BigInt(usage.outputTokens) * BigInt(price.outputMicroUsd)
  return Number((picoUsd + 999_999n) / 1_000_000n)
}

/** The most a call can cost: all input at the dearest input rate, and the whole output allowance. */
export function worstCaseMicroUsd(
  price: Price,
  input: { inputTokens: number; maxOutputTokens: number },
): number {
  const dearest = Math.max(price.inputMicroUsd, price.cacheWriteMicroUsd)
  return costMicroUsd(
    { ...price, inputMicroUsd: dearest },
    {
      inputTokens: input.inputTokens,
      cacheReadTokens: 0,
      cacheWriteTokens: 0,
      outputTokens: input.maxOutputTokens,
    },
  )
}

/** How many output tokens an allowance pays for after the input; negative when it does not pay for the input. */
export function affordableOutputTokens(
  price: Price,
  input: { inputTokens: number; allowanceMicroUsd: number },
): number {
  const left =
    input.allowanceMicroUsd - worstCaseMicroUsd(price, { inputTokens: input.inputTokens, maxOutputTokens: 0 })
  if (price.outputMicroUsd === 0) return left < 0 ? -1 : Number.MAX_SAFE_INTEGER
  return left < 0 ? -1 : Math.floor((left * 1_000_000) / price.outputMicroUsd)
}
