import type { Meter } from '@opentelemetry/api'
import type { ModelCallSeen } from '../core/telemetry.ts'

export interface Meters {
  called(call: ModelCallSeen): void
}

/** The buckets that the conventions ask for: powers of four, and of two from ten milliseconds. */
const tokenBuckets = Array.from({ length: 14 }, (_, power) => 4 ** power)
const secondBuckets = Array.from({ length: 14 }, (_, power) => 0.01 * 2 ** power)

/** `gen_ai.client.token.usage` and `gen_ai.client.operation.duration`, by provider and model. */
export function createMeters(meter: Meter): Meters {
  const tokens = meter.createHistogram('gen_ai.client.token.usage', {
    unit: '{token}',
    advice: { explicitBucketBoundaries: tokenBuckets },
  })
  const seconds = meter.createHistogram('gen_ai.client.operation.duration', {
    unit: 's',
    advice: { explicitBucketBoundaries: secondBuckets },
  })
  return {
    called({ endedAtMs, model, outcome, provider, startedAtMs }) {
      const about = {
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': provider,
        'gen_ai.request.model': model,
      }
      const failed = 'error' in outcome ? { 'error.type': outcome.error } : {}
      seconds.record((endedAtMs - startedAtMs) / 1_000, { ...about, ...failed })
      if ('error' in outcome) return
      const { cacheReadTokens, cacheWriteTokens, inputTokens, outputTokens } = outcome.reply.usage
      const answered = { ...about, 'gen_ai.response.model': outcome.reply.model }
      const input = inputTokens + cacheReadTokens + cacheWriteTokens
      tokens.record(input, { ...answered, 'gen_ai.token.type': 'input' })
      tokens.record(outputTokens, { ...answered, 'gen_ai.token.type': 'output' })
    },
  }
}
