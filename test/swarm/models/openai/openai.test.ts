import { describe, expect, test } from 'vitest'
import { createOpenAi } from '../../../../src/swarm/models/openai/index.ts'
import { type FakeReply, startOpenAi } from '../../../fakes/openai-server.ts'
import { modelPortContract } from '../port-contract.ts'
import { requestOf as anyRequest, said } from '../transcripts.ts'

const model = 'gpt-5.6-terra'
const requestOf = (
  messages: Parameters<typeof anyRequest>[0],
  changes: Parameters<typeof anyRequest>[1] = {},
) => anyRequest(messages, { model, ...changes })
const never = new AbortController().signal
const read = { type: 'function_call', id: 'call_01', name: 'read', json: '{"path":"inputs/a.csv"}' } as const

modelPortContract<FakeReply>({
  label: 'OpenAI',
  model,
  takesDocuments: true,
  keySetting: 'OPENAI_API_KEY',
  urlSetting: 'OPENAI_BASE_URL',
  start: startOpenAi,
  create: ({ apiKey = 'test-key', callMs, origin, stallMs }) =>
    createOpenAi({
      apiKey,
      baseUrl: `${origin}/v1`,
      ...(stallMs === undefined ? {} : { stallMs }),
      ...(callMs === undefined ? {} : { callMs }),
    }),
  reply: ({ calls = [], text }) => ({
    output: [
      ...(text === undefined ? [] : [{ type: 'message' as const, text }]),
      ...calls.map((call) => ({ type: 'function_call' as const, ...call })),
    ],
  }),
  thoughtful: {
    output: [
      { type: 'reasoning', id: 'rs_1', encrypted_content: 'sealed+by/them==' },
      { type: 'message', text: 'I look.' },
      { type: 'reasoning', id: 'rs_2', encrypted_content: 'sealed again' },
      read,
    ],
  },
  cutCall: { output: [{ ...read, json: '{"path": "inp' }], end: { incomplete: 'max_output_tokens' } },
  refused: { output: [{ type: 'message', refusal: 'I cannot help with that.' }] },
  faults: [
    [{ status: 400, code: 'context_length_exceeded', type: 'invalid_request_error' }, 'too_large', false],
    [{ status: 400, message: 'Your input exceeds the context window of this model.' }, 'too_large', false],
    [{ status: 400, code: 'invalid_prompt' }, 'refused', false],
    [{ status: 400, code: 'content_policy_violation' }, 'refused', false],
    [{ status: 429, code: 'rate_limit_exceeded', type: 'tokens' }, 'rate_limited', true],
    [{ status: 429, code: 'insufficient_quota' }, 'forbidden', false],
    [{ status: 404, code: 'model_not_found' }, 'not_found', false],
  ],
})

describe('GPT', () => {
  test.each([
    ['gpt-5.6-terra', { effort: 'low' }],
    ['gpt-6-sol', { effort: 'low' }],
    ['gpt-5-mini', { effort: 'low' }],
    ['gpt-4.1', undefined],
    ['gpt-5-chat-latest', undefined],
  ])(
    '%s is told how hard to think only where it thinks, and who asks, at list prices',
    async (name, told) => {
      await using server = await startOpenAi({ script: [{ reply: { output: [] } }] })
      const gpt = createOpenAi({ apiKey: 'test-key', baseUrl: `${server.origin}/v1` })
      await gpt.call(requestOf([said('Hi')], { model: name, effort: 'low' }), never)
      const body = server.requests[0]?.body
      expect(body).toMatchObject({ model: name, safety_identifier: 'u_7f3a', service_tier: 'default' })
      expect(body?.reasoning).toEqual(told)
    },
  )

  test('needs a key, unless it is a server of one’s own', () => {
    expect(() => createOpenAi({ apiKey: '' })).toThrow(expect.objectContaining({ kind: 'invalid_input' }))
    expect(() => createOpenAi({ apiKey: '', baseUrl: 'http://localhost:11434/v1' })).not.toThrow()
  })

  test.each([
    [{ input: 1_000, cached: 800, written: 0, output: 20 }, [200, 800, 0, 20]],
    [{ input: 1_000, cached: 600, written: 300, output: 20 }, [100, 600, 300, 20]],
    [{ input: 100, cached: 90, written: 90, output: 1 }, [0, 90, 10, 1]],
    ['none' as const, [0, 0, 0, 0]],
  ])(
    'counts no token of %j twice',
    async (usage, [inputTokens, cacheReadTokens, cacheWriteTokens, outputTokens]) => {
      await using server = await startOpenAi({ script: [{ reply: { output: [], usage } }] })
      const gpt = createOpenAi({ apiKey: 'test-key', baseUrl: `${server.origin}/v1` })
      const reply = await gpt.call(requestOf([said('Hi')]), never)
      expect(reply.usage).toEqual({ inputTokens, cacheReadTokens, cacheWriteTokens, outputTokens })
    },
  )

  test.each([
    ['rate_limit_exceeded', 'rate_limited'],
    ['server_error', 'unavailable'],
    ['invalid_prompt', 'refused'],
    ['misalignment_policy_violation', 'refused'],
  ])('takes a failed reply with %s for what it says', async (failed, kind) => {
    await using server = await startOpenAi({
      script: [
        { reply: { output: [], end: { failed, message: 'SECRET' } } },
        { raw: `event: error\ndata: {"type":"error","code":"${failed}","message":"SECRET"}\n\n` },
      ],
    })
    const gpt = createOpenAi({ apiKey: 'test-key', baseUrl: `${server.origin}/v1` })
    const quiet = expect.not.stringContaining('SECRET')
    await expect(gpt.call(requestOf([said('Hi')]), never)).rejects.toMatchObject({ kind, message: quiet })
    await expect(gpt.call(requestOf([said('Hi')]), never)).rejects.toMatchObject({ kind, message: quiet })
  })

  test('takes a filtered reply for a refusal', async () => {
    const reply: FakeReply = {
      output: [{ type: 'message', text: 'Half' }],
      end: { incomplete: 'content_filter' },
    }
    await using server = await startOpenAi({ script: [{ reply }] })
    const gpt = createOpenAi({ apiKey: 'test-key', baseUrl: `${server.origin}/v1` })
    expect(await gpt.call(requestOf([said('Hi')]), never)).toMatchObject({ stop: 'refusal' })
  })

  test('finds the items where a server leaves them out of the last event', async () => {
    const reply: FakeReply = { output: [{ type: 'message', text: 'Here.' }, read], bareEnd: true }
    await using server = await startOpenAi({ script: [{ reply }] })
    const gpt = createOpenAi({ apiKey: 'test-key', baseUrl: `${server.origin}/v1` })
    const { parts, stop } = await gpt.call(requestOf([said('Hi')]), never)
    expect(parts).toEqual([
      { type: 'text', text: 'Here.' },
      { type: 'tool_call', id: 'call_01', name: 'read', input: { path: 'inputs/a.csv' } },
    ])
    expect(stop).toBe('tool_calls')
  })

  test('keeps reasoning under its name, and none that is not sealed', async () => {
    const output: FakeReply['output'] = [
      { type: 'reasoning', id: 'rs_0', encrypted_content: null },
      { type: 'reasoning', id: 'rs_1', encrypted_content: 'sealed' },
      { type: 'message', text: 'Done.' },
    ]
    await using server = await startOpenAi({ script: [{ reply: { output } }] })
    const gpt = createOpenAi({ apiKey: 'test-key', baseUrl: `${server.origin}/v1` })
    const { parts } = await gpt.call(requestOf([said('Hi')]), never)
    expect(parts).toMatchObject([
      { type: 'reasoning', provider: 'openai', data: { id: 'rs_1' } },
      { type: 'text', text: 'Done.' },
    ])
  })
})
