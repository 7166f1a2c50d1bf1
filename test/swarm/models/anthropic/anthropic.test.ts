import { describe, expect, test } from 'vitest'
import type { Part } from '../../../../src/core/model.ts'
import { createAnthropic } from '../../../../src/swarm/models/anthropic/index.ts'
import { type FakeReply, startAnthropic } from '../../../fakes/anthropic-server.ts'
import { modelPortContract } from '../port-contract.ts'
import { requestOf as anyRequest, said } from '../transcripts.ts'

const model = 'claude-sonnet-5-5'
const requestOf = (
  messages: Parameters<typeof anyRequest>[0],
  changes: Parameters<typeof anyRequest>[1] = {},
) => anyRequest(messages, { model, ...changes })
const never = new AbortController().signal
const read = { type: 'tool_use', id: 'toolu_01', name: 'read', json: '{"path":"inputs/a.csv"}' } as const

modelPortContract<FakeReply>({
  label: 'Anthropic',
  model,
  takesDocuments: true,
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
    const claude = createAnthropic({ apiKey: 'test-key', baseUrl: server.origin })
    await expect(claude.call(requestOf([said('Hi')]), never)).rejects.toMatchObject({
      kind,
      message: expect.not.stringContaining('SECRET'),
    })
  })

  test.each([
    ['claude-opus-5-5', { effort: 'high' }],
    ['claude-haiku-5-5', { effort: 'high' }],
    ['claude-sonnet-4-6', { effort: 'high' }],
    ['claude-fable-5-1', { effort: 'high' }],
    ['claude-haiku-4-5', undefined],
    ['claude-haiku-4-5-20251001', undefined],
    ['claude-opus-4-1', undefined],
    ['claude-sonnet-4-20250514', undefined],
  ])('%s is told how hard to think only where it takes that', async (name, told) => {
    await using server = await startAnthropic({ script: [{ reply: { content: [] } }] })
    const claude = createAnthropic({ apiKey: 'test-key', baseUrl: server.origin })
    await claude.call(requestOf([said('Hi')], { model: name, effort: 'high' }), never)
    expect(server.requests[0]?.body).toMatchObject({ model: name, metadata: { user_id: 'u_7f3a' } })
    expect(server.requests[0]?.body.output_config).toEqual(told)
  })

  describe('thinking behind which something changed', () => {
    const thoughtful: FakeReply = {
      content: [{ type: 'thinking', thinking: 'Hm.', signature: 'sealed' }, read],
    }
    const goOn = (reply: { parts: readonly Part[] }, words: string) =>
      requestOf([
        said(words),
        { role: 'assistant', parts: reply.parts },
        {
          role: 'user',
          parts: [{ type: 'tool_result', callId: 'toolu_01', name: 'read', content: [], isError: false }],
        },
      ])

    test('is left out, once, when the provider refuses it', async () => {
      await using server = await startAnthropic({
        script: [{ reply: thoughtful }, { reply: { content: [{ type: 'text', text: 'Done.' }] } }],
        refusals: 1,
      })
      const claude = createAnthropic({ apiKey: 'test-key', baseUrl: server.origin })
      const first = await claude.call(requestOf([said('Hello.')]), never)
      const second = await claude.call(goOn(first, 'Hello there.'), never)
      expect(second.parts).toEqual([{ type: 'text', text: 'Done.' }])
      const thought = server.requests.map(({ body }) => JSON.stringify(body).includes('sealed'))
      expect(thought).toEqual([false, true, false])
    })

    test('is left out only then', async () => {
      const faults = [
        { status: 400, type: 'invalid_request_error', message: 'messages: at least one message is required' },
        { status: 529, type: 'overloaded_error', message: 'Invalid `signature` in `thinking` block' },
      ]
      await using server = await startAnthropic({ script: [{ reply: thoughtful }, ...faults] })
      const claude = createAnthropic({ apiKey: 'test-key', baseUrl: server.origin })
      const first = await claude.call(requestOf([said('Hello.')]), never)
      await expect(claude.call(goOn(first, 'Hello.'), never)).rejects.toMatchObject({ kind: 'invalid_input' })
      await expect(claude.call(goOn(first, 'Hello.'), never)).rejects.toMatchObject({ kind: 'unavailable' })
      expect(server.requests).toHaveLength(3)
    })

    test('is not asked for again without where none was sent, nor more than once', async () => {
      const step = {
        status: 400,
        type: 'invalid_request_error',
        message: 'messages.1.content.0: Invalid `signature` in `thinking` block',
      }
      await using server = await startAnthropic({ script: [step, { reply: thoughtful }, step, step] })
      const claude = createAnthropic({ apiKey: 'test-key', baseUrl: server.origin })
      await expect(claude.call(requestOf([said('Hello.')]), never)).rejects.toMatchObject({
        kind: 'invalid_input',
        retryable: false,
      })
      const first = await claude.call(requestOf([said('Hello.')]), never)
      await expect(claude.call(goOn(first, 'Hello.'), never)).rejects.toMatchObject({ kind: 'invalid_input' })
      expect(server.requests).toHaveLength(4)
    })
  })

  test('drops thinking whose seal never came, since it could not be given back', async () => {
    const content = [{ type: 'thinking', thinking: 'Half a', signature: '' }] as const
    await using server = await startAnthropic({
      script: [{ reply: { content: [...content], stop: 'max_tokens' } }],
    })
    const claude = createAnthropic({ apiKey: 'test-key', baseUrl: server.origin })
    expect(await claude.call(requestOf([said('Hi')]), never)).toMatchObject({ parts: [], stop: 'length' })
  })
})
