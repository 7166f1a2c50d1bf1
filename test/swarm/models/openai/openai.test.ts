import { describe, expect, test } from 'vitest'
import { createOpenAi } from '../../../../src/swarm/models/openai/index.ts'
import { type FakeReply, startOpenAi } from '../../../fakes/openai-server.ts'
import { modelPortContract } from '../anthropic/port-contract.ts'
import { requestOf, said } from '../anthropic/transcripts.ts'

const never = new AbortController().signal
const read = { type: 'function_call', id: 'call_01', name: 'read', json: '{"path":"inputs/a.csv"}' } as const

modelPortContract<FakeReply>({
  label: 'OpenAI',
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
    [{ status: 404, code: 'model_not_found' }, 'invalid_input', false],
  ],
})

describe('GPT', () => {
  test('answers for the tiers with the models of the price list, or those that were named', () => {
    const model = createOpenAi({ apiKey: 'k', models: { quick: 'gpt-5.4-nano' } })
    expect([model.modelFor('deep'), model.modelFor('standard'), model.modelFor('quick')]).toEqual([
      'gpt-5.5',
      'gpt-5.4',
      'gpt-5.4-nano',
    ])
    expect(createOpenAi({ apiKey: 'k' }).modelFor('quick')).toBe('gpt-5-mini')
  })

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
      const model = createOpenAi({ apiKey: 'test-key', baseUrl: `${server.origin}/v1` })
      const reply = await model.call(requestOf([said('Hi')]), never)
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
    const model = createOpenAi({ apiKey: 'test-key', baseUrl: `${server.origin}/v1` })
    const quiet = expect.not.stringContaining('SECRET')
    await expect(model.call(requestOf([said('Hi')]), never)).rejects.toMatchObject({ kind, message: quiet })
    await expect(model.call(requestOf([said('Hi')]), never)).rejects.toMatchObject({ kind, message: quiet })
  })

  test('takes a filtered reply for a refusal', async () => {
    const reply: FakeReply = {
      output: [{ type: 'message', text: 'Half' }],
      end: { incomplete: 'content_filter' },
    }
    await using server = await startOpenAi({ script: [{ reply }] })
    const model = createOpenAi({ apiKey: 'test-key', baseUrl: `${server.origin}/v1` })
    expect(await model.call(requestOf([said('Hi')]), never)).toMatchObject({ stop: 'refusal' })
  })

  test('finds the items where a server leaves them out of the last event', async () => {
    const reply: FakeReply = { output: [{ type: 'message', text: 'Here.' }, read], bareEnd: true }
    await using server = await startOpenAi({ script: [{ reply }] })
    const model = createOpenAi({ apiKey: 'test-key', baseUrl: `${server.origin}/v1` })
    const { parts, stop } = await model.call(requestOf([said('Hi')]), never)
    expect(parts).toEqual([
      { type: 'text', text: 'Here.' },
      { type: 'tool_call', id: 'call_01', name: 'read', input: { path: 'inputs/a.csv' } },
    ])
    expect(stop).toBe('tool_calls')
  })

  test('keeps reasoning under the name of its server, and none that is not sealed', async () => {
    const output: FakeReply['output'] = [
      { type: 'reasoning', id: 'rs_0', encrypted_content: null },
      { type: 'reasoning', id: 'rs_1', encrypted_content: 'sealed' },
      { type: 'message', text: 'Done.' },
    ]
    await using server = await startOpenAi({ script: [{ reply: { output } }] })
    const model = createOpenAi({ apiKey: 'test-key', baseUrl: `${server.origin}/v1`, provider: 'my-server' })
    const { parts, provider } = await model.call(requestOf([said('Hi')]), never)
    expect(provider).toBe('my-server')
    expect(parts).toMatchObject([
      { type: 'reasoning', provider: 'my-server', data: { id: 'rs_1' } },
      { type: 'text', text: 'Done.' },
    ])
  })
})
