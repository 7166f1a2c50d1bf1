import type { Usage } from './model.ts'

/** Micro-dollars (1/1,000,000 of a US dollar) per million tokens: $3.00 per million is 3,000,000. */
export interface Rates {
  inputMicroUsd: number
  cacheReadMicroUsd: number
  cacheWriteMicroUsd: number
  outputMicroUsd: number
}

/** What a model costs. Where a long prompt is dearer, every token of its request is, the output's too. */
export interface Price extends Rates {
  /** The rates of a request whose whole input, cached or not, has more tokens than `aboveTokens`. */
  long?: Rates & { aboveTokens: number }
}

/** A list price in US dollars per million tokens. */
export function usd(input: number, cacheRead: number, cacheWrite: number, output: number): Rates {
  return {
    inputMicroUsd: Math.round(input * 1_000_000),
    cacheReadMicroUsd: Math.round(cacheRead * 1_000_000),
    cacheWriteMicroUsd: Math.round(cacheWrite * 1_000_000),
    outputMicroUsd: Math.round(output * 1_000_000),
  }
}

/** OpenAI: above 272,000 tokens of input the whole request costs twice the input and one and a half times the output. */
function withLongContext(rates: Rates): Price {
  return {
    ...rates,
    long: {
      aboveTokens: 272_000,
      inputMicroUsd: rates.inputMicroUsd * 2,
      cacheReadMicroUsd: rates.cacheReadMicroUsd * 2,
      cacheWriteMicroUsd: rates.cacheWriteMicroUsd * 2,
      outputMicroUsd: rates.outputMicroUsd * 1.5,
    },
  }
}

/**
 * List prices: input, cache read, cache write (5 minutes at Anthropic), output.
 *
 * Anthropic: "Pricing" and the models' own pages, platform.claude.com/docs, as of October 2026. OpenAI: the models' own
 * pages and "Prompt caching", developers.openai.com/api/docs, as of August 2026: cache writes cost 1.25 times the input
 * from GPT-5.6 on and nothing extra before. gpt-5.6-sol stands at its list price: the lower one was promised until
 * 21 November 2026 only. Looked up on 2026-11-24.
 */
export const prices: Readonly<Record<string, Price>> = {
  'anthropic/claude-opus-5-5': usd(4, 0.2, 5, 20),
  'anthropic/claude-opus-5': usd(5, 0.5, 6.25, 25),
  'anthropic/claude-opus-4-8': usd(5, 0.5, 6.25, 25),
  'anthropic/claude-opus-4-6': usd(5, 0.5, 6.25, 25),
  'anthropic/claude-sonnet-5-5': usd(2, 0.1, 2.5, 10),
  'anthropic/claude-sonnet-5': usd(2, 0.2, 2.5, 10),
  'anthropic/claude-sonnet-4-6': usd(3, 0.3, 3.75, 15),
  'anthropic/claude-haiku-5-5': {
    ...usd(0.1, 0.01, 0.125, 0.5),
    long: { aboveTokens: 100_000, ...usd(0.5, 0.05, 0.625, 2.5) },
  },
  'anthropic/claude-haiku-4-5': usd(1, 0.1, 1.25, 5),
  'openai/gpt-5.6-sol': withLongContext(usd(5, 0.5, 6.25, 30)),
  'openai/gpt-5.6-terra': withLongContext(usd(2, 0.2, 2.5, 12)),
  'openai/gpt-5.6-luna': withLongContext(usd(0.2, 0.02, 0.25, 1.2)),
  'openai/gpt-5.5': withLongContext(usd(5, 0.5, 5, 30)),
  'openai/gpt-5.4': withLongContext(usd(2.5, 0.25, 2.5, 15)),
  'openai/gpt-5-mini': usd(0.25, 0.025, 0.25, 2),
}

export const freeOfCharge: Price = usd(0, 0, 0, 0)

export function priceOf(provider: string, model: string): Price | undefined {
  return Object.hasOwn(prices, `${provider}/${model}`) ? prices[`${provider}/${model}`] : undefined
}

function ratesFor(price: Price, inputTokens: number): Rates {
  return price.long && inputTokens > price.long.aboveTokens ? price.long : price
}

/** What a call cost, in micro-dollars, rounded up once at the end. */
export function costMicroUsd(price: Price, usage: Usage): number {
  const { cacheReadTokens, cacheWriteTokens, inputTokens, outputTokens } = usage
  const rates = ratesFor(price, inputTokens + cacheReadTokens + cacheWriteTokens)
  const picoUsd =
    BigInt(inputTokens) * BigInt(rates.inputMicroUsd) +
    BigInt(cacheReadTokens) * BigInt(rates.cacheReadMicroUsd) +
    BigInt(cacheWriteTokens) * BigInt(rates.cacheWriteMicroUsd) +
    BigInt(outputTokens) * BigInt(rates.outputMicroUsd)
  return Number((picoUsd + 999_999n) / 1_000_000n)
}

/** The most a call can cost: all input at the dearest input rate, and the whole output allowance. */
export function worstCaseMicroUsd(
  price: Price,
  input: { inputTokens: number; maxOutputTokens: number },
): number {
  const rates = ratesFor(price, input.inputTokens)
  const dearest = Math.max(rates.inputMicroUsd, rates.cacheWriteMicroUsd)
  return costMicroUsd(
    { ...rates, inputMicroUsd: dearest },
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
  const { allowanceMicroUsd, inputTokens } = input
  const left = allowanceMicroUsd - worstCaseMicroUsd(price, { inputTokens, maxOutputTokens: 0 })
  const { outputMicroUsd } = ratesFor(price, inputTokens)
  if (left < 0) return -1
  return outputMicroUsd === 0 ? Number.MAX_SAFE_INTEGER : Math.floor((left * 1_000_000) / outputMicroUsd)
}
