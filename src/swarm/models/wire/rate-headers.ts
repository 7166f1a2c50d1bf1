import type { LimitKind, LimitSaid } from '../../../core/model.ts'

const minuteS = 60
const dayS = 86_400

/** Anthropic limits requests, input that is not from the cache, and output, each per minute and filled continuously. */
export function anthropicLimits(headers: Headers): LimitSaid[] {
  return [
    ['requests', 'requests'] as const,
    ['input_tokens', 'input-tokens'] as const,
    ['output_tokens', 'output-tokens'] as const,
  ].flatMap(([kind, name]) => {
    const limit = countOf(headers.get(`anthropic-ratelimit-${name}-limit`))
    const left = countOf(headers.get(`anthropic-ratelimit-${name}-remaining`))
    return said({ kind, limit, left, windowS: minuteS })
  })
}

/**
 * OpenAI limits requests, and tokens of input and output together. Servers that are like it send the same headers, or
 * none. Small accounts are limited by the day: the headers do not say so, but the time until all is there again does.
 */
export function openAiLimits(headers: Headers): LimitSaid[] {
  return (['requests', 'tokens'] as const).flatMap((kind) => {
    const limit = countOf(headers.get(`x-ratelimit-limit-${kind}`))
    const left = countOf(headers.get(`x-ratelimit-remaining-${kind}`))
    const resetS = durationS(headers.get(`x-ratelimit-reset-${kind}`))
    return said({ kind, limit, left, windowS: windowOf({ limit, left, resetS }) })
  })
}

function said(input: {
  kind: LimitKind
  limit: number | undefined
  left: number | undefined
  windowS: number
}): LimitSaid[] {
  const { kind, left, limit, windowS } = input
  // A limit of zero is how some say that there is none.
  return limit === undefined || limit <= 0 ? [] : [{ kind, limit, perSecond: limit / windowS, left }]
}

/** A day where the reset is what filling over a day would take, give or take what rounding hides; else a minute. */
function windowOf(input: {
  limit: number | undefined
  left: number | undefined
  resetS: number | undefined
}): number {
  const { left, limit, resetS } = input
  if (!limit || left === undefined || resetS === undefined || left >= limit) return minuteS
  const used = limit - left
  const perOneS = dayS / limit
  const isDay = resetS >= 0.95 * Math.max(1, used - 1) * perOneS && resetS <= 1.05 * used * perOneS
  return isDay ? dayS : minuteS
}

function countOf(word: string | null): number | undefined {
  return /^\d{1,15}$/.test(word ?? '') ? Number(word) : undefined
}

const secondsIn: Record<string, number> = { d: dayS, h: 3_600, m: 60, s: 1, ms: 0.001 }

/** `1s`, `6m0s`, `8.64s`, `12ms`. */
function durationS(word: string | null): number | undefined {
  if (!/^(\d{1,9}(\.\d{1,9})?(ms|[dhms]))+$/.test(word ?? '')) return undefined
  const parts = (word ?? '').matchAll(/([\d.]+)(ms|[dhms])/g)
  return [...parts].reduce((sum, [, count, unit]) => sum + Number(count) * (secondsIn[unit ?? ''] ?? 0), 0)
}
