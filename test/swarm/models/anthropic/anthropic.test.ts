import { describe, expect, test } from 'vitest'
import { createAnthropic } from '../../../../src/swarm/models/anthropic/index.ts'
import { type FakeReply, startAnthropic } from '../../../fakes/anthropic-server.ts'
import { modelPortContract } from './port-contract.ts'
import { requestOf, said } from './transcripts.ts'

const never = new AbortController().signal
const read = { type: 'tool_use', id: 'toolu_01', name: 'read', json: '{"path":"inputs/a.csv"}' } as const

modelPortContract<FakeReply>({
  label: 'Anthropic',
  keySetting: 'ANTHROPIC_API_KEY',
  urlSetting: 'ANTHROPIC_BASE_URL',
  start: startAnthropic,
  create: ({ apiKey = 'test-key', callMs, origin, stallMs }) =>
    createAnthropic({
      apiKey,
      baseUrl: origin,
      ...(stallMs === undefined ? {} : { stallMs }),
      ...(callMs === undefined ? {} : { callMs }),
    }),
  reply: ({ calls = [], text }) => ({
    content: [
      ...(text === undefined ? [] : [{ type: 'text' as const, text }]),
      ...calls.map((call) => ({ type: 'tool_use' as const, ...call })),
    ],
  }),
  thoughtful: {
    content: [
      { type: 'thinking', thinking: ' What is asked?\n', signature: 'sealed+by/them==' },
      { type: 'redacted_thinking', data: 'sealed' },
      { type: 'text', text: 'I look.' },
      read,
    ],
  },
  cutCall: { content: [{ ...read, json: '{"path": "inp' }], stop: 'max_tokens' },
  refused: { content: [], stop: 'refusal' },
  faults: [
    [
      { status: 400, type: 'invalid_request_error', message: 'prompt is too long: 210000 tokens > 200000' },
      'too_large',
      false,
    ],
    [
      { status: 400, message: 'input length and `max_tokens` exceed context limit: 1 + 2 > 2' },
      'too_large',
      false,
    ],
    [{ status: 400, message: 'Output blocked by content filtering policy' }, 'refused', false],
    [{ status: 400, message: 'Your credit balance is too low to access the API.' }, 'forbidden', false],
    [{ status: 402, type: 'billing_error' }, 'forbidden', false],
  ],
})

describe('Claude', () => {
  test('answers for the tiers with the models of the price list, or those that were named', () => {
    const model = createAnthropic({ apiKey: 'k', models: { quick: 'claude-sonnet-4-6' } })
    expect([model.modelFor('deep'), model.modelFor('standard'), model.modelFor('quick')]).toEqual([
      'claude-opus-4-6',
      'claude-sonnet-4-6',
      'claude-sonnet-4-6',
    ])
    expect(createAnthropic({ apiKey: 'k' }).modelFor('quick')).toBe('claude-haiku-4-5')
  })

  test('is not called without a key', () => {
    expect(() => createAnthropic({ apiKey: ' ' })).toThrow(expect.objectContaining({ kind: 'invalid_input' }))
  })

  test('counts input apart from what the cache gave and took, and output by the last figure', async () => {
    const usage = { input: 12, cacheRead: 3_000, cacheWrite: 400, output: 77 }
    await using server = await startAnthropic({
      script: [{ reply: { content: [{ type: 'text', text: 'Hi.' }], usage } }],
    })
    const reply = await createAnthropic({ apiKey: 'test-key', baseUrl: server.origin }).call(
      requestOf([said('Hi')]),
      never,
    )
    expect(reply.usage).toEqual({
      inputTokens: 12,
      cacheReadTokens: 3_000,
      cacheWriteTokens: 400,
      outputTokens: 77,
    })
  })

  test.each([
    ['overloaded_error', 'unavailable'],
    ['rate_limit_error', 'rate_limited'],
    ['api_error', 'unavailable'],
    ['invalid_request_error', 'invalid_input'],
  ])('takes the error %s in the middle of a stream for what it says', async (type, kind) => {
    const raw = `event: error\ndata: {"type":"error","error":{"type":"${type}","message":"SECRET"}}\n\n`
    await using server = await startAnthropic({ script: [{ raw }] })
    const model = createAnthropic({ apiKey: 'test-key', baseUrl: server.origin })
    await expect(model.call(requestOf([said('Hi')]), never)).rejects.toMatchObject({
      kind,
      message: expect.not.stringContaining('SECRET'),
    })
  })

  test('is told an opaque user id, and nothing of the environment', async () => {
    await using server = await startAnthropic({
      script: [{ reply: { content: [] } }, { reply: { content: [] } }],
    })
    const given = { apiKey: 'test-key', baseUrl: server.origin }
    await createAnthropic({ ...given, userId: 'u_7f3a' }).call(requestOf([said('Hi')]), never)
    await createAnthropic(given).call(requestOf([said('Hi')]), never)
    expect(server.requests[0]?.body.metadata).toEqual({ user_id: 'u_7f3a' })
    expect(server.requests[1]?.body).not.toHaveProperty('metadata')
  })

  test('drops thinking whose seal never came, since it could not be given back', async () => {
    const content = [{ type: 'thinking', thinking: 'Half a', signature: '' }] as const
    await using server = await startAnthropic({
      script: [{ reply: { content: [...content], stop: 'max_tokens' } }],
    })
    const model = createAnthropic({ apiKey: 'test-key', baseUrl: server.origin })
    expect(await model.call(requestOf([said('Hi')]), never)).toMatchObject({ parts: [], stop: 'length' })
  })
})
