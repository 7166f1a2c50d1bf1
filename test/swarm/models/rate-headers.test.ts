import { describe, expect, test } from 'vitest'
import type { LimitSaid, ModelPort } from '../../../src/core/model.ts'
import { createAnthropic } from '../../../src/swarm/models/anthropic/index.ts'
import { createCompatible } from '../../../src/swarm/models/compatible/index.ts'
import { createOpenAi } from '../../../src/swarm/models/openai/index.ts'
import { anthropicLimits, openAiLimits } from '../../../src/swarm/models/wire/rate-headers.ts'
import { startAnthropic } from '../../fakes/anthropic-server.ts'
import { deltasOf, startCompatible } from '../../fakes/compatible-server.ts'
import { startOpenAi } from '../../fakes/openai-server.ts'

describe('the headers of a reply', () => {
  test('of Anthropic tell of requests, fresh input and output, each per minute', () => {
    const headers = new Headers({
      'anthropic-ratelimit-requests-limit': '1000',
      'anthropic-ratelimit-requests-remaining': '999',
      'anthropic-ratelimit-requests-reset': '2026-01-01T12:00:00Z',
      'anthropic-ratelimit-input-tokens-limit': '80000',
      'anthropic-ratelimit-input-tokens-remaining': '79000',
      'anthropic-ratelimit-output-tokens-limit': '16000',
      'anthropic-ratelimit-tokens-limit': '96000',
      'anthropic-ratelimit-tokens-remaining': '96000',
    })
    expect(anthropicLimits(headers)).toEqual([
      { kind: 'requests', limit: 1_000, perSecond: 1_000 / 60, left: 999 },
      { kind: 'input_tokens', limit: 80_000, perSecond: 80_000 / 60, left: 79_000 },
      { kind: 'output_tokens', limit: 16_000, perSecond: 16_000 / 60, left: undefined },
    ])
  })

  const openAi = (limit: string, left: string, reset: string) =>
    openAiLimits(
      new Headers({
        'x-ratelimit-limit-requests': limit,
        'x-ratelimit-remaining-requests': left,
        'x-ratelimit-reset-requests': reset,
      }),
    )[0]?.perSecond

  test.each([
    ['60', '59', '1s', 1],
    ['60', '30', '30s', 1],
    ['10000', '9999', '6ms', 10_000 / 60],
    ['150000', '149984', '6ms', 2_500],
    ['600', '600', '0s', 10],
    ['600', '12', 'soon', 10],
    // The reset of a fixed minute is taken for no day.
    ['100', '99', '59s', 100 / 60],
  ])('of OpenAI: %s, %s left, whole in %s fills per minute', (limit, left, reset, perSecond) => {
    expect(openAi(limit, left, reset)).toBeCloseTo(perSecond)
  })

  test.each([
    ['200', '199', '7m12s'],
    ['10000', '9999', '8.64s'],
    ['10000', '9000', '2h24m0s'],
    ['200', '0', '23h59m59s'],
  ])('of OpenAI: %s, %s left, whole in %s fills per day', (limit, left, reset) => {
    expect(openAi(limit, left, reset)).toBeCloseTo(Number(limit) / 86_400, 6)
  })

  test('that tell of nothing, or of nonsense, are no limit', () => {
    expect(anthropicLimits(new Headers())).toEqual([])
    expect(openAiLimits(new Headers())).toEqual([])
    for (const limit of ['-1', '0', 'many', '1e9', '']) expect(openAi(limit, '1', '1s')).toBeUndefined()
  })
})

describe('a provider’s client', () => {
  const apiKey = 'test-key'
  const limit = { requests: 60, left: 1 }
  const ask = async (port: ModelPort) => {
    const said: (readonly LimitSaid[])[] = []
    const request = {
      purpose: 'work',
      model: 'a-model',
      effort: 'medium',
      userId: 'u',
      system: 'Be brief.',
      tools: [],
      mayCallTools: true,
      messages: [{ role: 'user', parts: [{ type: 'text', text: 'Hello.' }] }],
      maxOutputTokens: 1_000,
      readBlob: async () => new Uint8Array(),
      onLimits: (limits: readonly LimitSaid[]) => void said.push(limits),
    } as const
    const call = () => port.call(request, new AbortController().signal)
    await call()
    await expect(call()).rejects.toMatchObject({ kind: 'rate_limited', retryAfterMs: 1_000 })
    const left = [{ kind: 'requests', limit: 60, perSecond: 1, left: 0 }]
    expect(said).toEqual([left, left])
  }

  test('of Anthropic hands them over with a reply and with a refusal', async () => {
    await using server = await startAnthropic({
      script: [{ reply: { content: [{ type: 'text', text: 'Hi.' }] } }],
      limit,
    })
    await ask(createAnthropic({ apiKey, baseUrl: server.origin }))
  })

  test('of OpenAI hands them over with a reply and with a refusal', async () => {
    await using server = await startOpenAi({
      script: [{ reply: { output: [{ type: 'message', text: 'Hi.' }] } }],
      limit,
    })
    await ask(createOpenAi({ apiKey, baseUrl: `${server.origin}/v1` }))
  })

  test('of a server of one’s own hands them over with a reply and with a refusal', async () => {
    await using server = await startCompatible({
      script: [{ reply: { deltas: deltasOf({ text: 'Hi.' }) } }],
      limit,
    })
    await ask(createCompatible({ apiKey, baseUrl: `${server.origin}/v1`, images: false }))
  })
})
