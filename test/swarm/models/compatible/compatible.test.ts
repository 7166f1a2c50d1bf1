import { describe, expect, test } from 'vitest'
import type { Message } from '../../../../src/core/model.ts'
import { createCompatible } from '../../../../src/swarm/models/compatible/index.ts'
import {
  deltasOf,
  type FakeDelta,
  type FakeReply,
  startCompatible,
} from '../../../fakes/compatible-server.ts'
import type { Step } from '../../../fakes/model-server.ts'
import { modelPortContract } from '../port-contract.ts'
import { requestOf, said } from '../transcripts.ts'

const never = new AbortController().signal
const read = { id: 'call_01', name: 'read', json: '{"path":"inputs/a.csv"}' }

modelPortContract<FakeReply>({
  label: 'Your model server',
  named: 'your model server',
  model: 'qwen3:32b',
  takesDocuments: false,
  keySetting: 'COMPATIBLE_API_KEY',
  urlSetting: 'COMPATIBLE_BASE_URL',
  start: startCompatible,
  create: ({ apiKey = 'test-key', callMs, origin, stallMs }) =>
    createCompatible({
      apiKey,
      baseUrl: `${origin}/v1`,
      images: true,
      ...(stallMs === undefined ? {} : { stallMs }),
      ...(callMs === undefined ? {} : { callMs }),
    }),
  reply: (content) => ({ deltas: deltasOf(content) }),
  thoughtful: { deltas: deltasOf({ reasoning: 'What is asked?', text: 'I look.', calls: [read] }) },
  keepsReasoning: false,
  cutCall: { deltas: deltasOf({ calls: [{ ...read, json: '{"path": "inp' }] }), finish: 'length' },
  refused: { deltas: [{ role: 'assistant', refusal: 'I cannot ' }, { refusal: 'help with that.' }] },
  faults: [
    [
      { status: 400, message: "This model's maximum context length is 4096 tokens. You requested 9000." },
      'too_large',
      false,
    ],
    [
      {
        status: 400,
        type: 'exceed_context_size_error',
        message: 'the request exceeds the available context size',
      },
      'too_large',
      false,
    ],
    [{ status: 400, message: 'nothing/at-all is not a valid model ID' }, 'not_found', false],
    [{ status: 402, message: 'Insufficient credits' }, 'forbidden', false],
    [{ status: 503, type: 'unavailable_error', message: 'Loading model' }, 'unavailable', true],
  ],
})

/** What one reply becomes, at a server that takes no key. */
async function hear(step: Step<FakeReply>, messages: readonly Message[] = [said('Hi')]) {
  await using server = await startCompatible({ script: [step], apiKey: 'none' })
  const model = createCompatible({ baseUrl: `${server.origin}/v1`, apiKey: undefined, images: false })
  return await model.call(requestOf(messages), never)
}

const piece = (fields: object): FakeDelta => ({ tool_calls: [fields] })
const part = (name: string, json: string, more: object = {}): FakeDelta =>
  piece({ index: 0, function: { name, arguments: json }, ...more })
const rest = (json: string, more: object = {}): FakeDelta =>
  piece({ index: 0, function: { arguments: json }, ...more })

describe('calls that a server tears apart in its own way', () => {
  const a = { type: 'tool_call', name: 'read', input: { path: 'a' } }
  const b = { type: 'tool_call', name: 'read', input: { path: 'b' } }
  const whole = (path: string) => `{"path":"${path}"}`

  test.each<[string, FakeDelta[]]>([
    [
      'all at once',
      [
        {
          tool_calls: [
            { index: 0, id: 'x', function: { name: 'read', arguments: whole('a') } },
            { index: 1, id: 'y', function: { name: 'read', arguments: whole('b') } },
          ],
        },
      ],
    ],
    [
      'whole, all with index 0, with ids',
      [part('read', whole('a'), { id: 'x' }), part('read', whole('b'), { id: 'y' })],
    ],
    ['whole, all with index 0, without ids', [part('read', whole('a')), part('read', whole('b'))]],
    [
      'whole, without index or ids',
      [part('read', whole('a'), { index: undefined }), part('read', whole('b'), { index: undefined })],
    ],
    [
      'in pieces, the id with the first',
      [
        part('read', '', { id: 'x' }),
        rest('{"pa'),
        rest('th":"a"}'),
        part('read', '{"path"', { id: 'y', index: 1 }),
        rest(':"b"}', { index: 1 }),
      ],
    ],
    [
      'in pieces, the id and the name with each',
      [
        part('read', '{"path"', { id: 'x' }),
        part('read', ':"a"}', { id: 'x' }),
        part('read', '{"path"', { id: 'y' }),
        part('read', ':"b"}', { id: 'y' }),
      ],
    ],
    [
      'in pieces, with an empty id later',
      [
        part('read', '{"path"', { id: 'x' }),
        rest(':"a"}', { id: '' }),
        part('read', whole('b'), { id: 'y' }),
      ],
    ],
    [
      'in pieces, without ids, all with index 0',
      [part('read', ''), rest('{"path"'), rest(':"a"}'), part('read', ''), rest(whole('b'))],
    ],
    [
      'in pieces, without index',
      [
        part('read', '', { id: 'x', index: undefined }),
        rest(whole('a'), { index: undefined }),
        part('read', '', { id: 'y', index: undefined }),
        rest(whole('b'), { index: undefined }),
      ],
    ],
    [
      'with arguments that are an object',
      [
        piece({ index: 0, function: { name: 'read', arguments: { path: 'a' } } }),
        piece({ index: 1, function: { name: 'read', arguments: { path: 'b' } } }),
      ],
    ],
  ])('%s are the same two calls, each with an id of its own', async (_, deltas) => {
    const { parts, stop } = await hear({ reply: { deltas } })
    expect(parts).toMatchObject([a, b])
    expect(new Set(parts.map((call) => 'id' in call && call.id)).size).toBe(2)
    expect(parts.every((call) => 'id' in call && /^[\w-]{1,64}$/.test(call.id))).toBe(true)
    expect(stop).toBe('tool_calls')
  })

  test('get ids that the transcript does not have', async () => {
    const messages: Message[] = [
      said('Look.'),
      { role: 'assistant', parts: [{ type: 'tool_call', id: 'call_1', name: 'read', input: {} }] },
    ]
    const { parts } = await hear({ reply: { deltas: [part('read', '{}', { id: 'call_1' })] } }, messages)
    expect(parts).toMatchObject([{ type: 'tool_call', id: expect.not.stringMatching(/^call_1$/) }])
  })
})

describe('reasoning', () => {
  test.each<[string, FakeDelta[]]>([
    ['in a field of its own', [{ reasoning_content: 'Hm.' }, { content: 'Yes.' }]],
    [
      'in another field',
      [
        { reasoning: 'Hm.', content: '' },
        { content: 'Yes.', reasoning: null },
      ],
    ],
    ['between marks', [{ content: '<thi' }, { content: 'nk>Hm.\n</th' }, { content: 'ink>\n\nYes.' }]],
    ['after a line end', [{ content: '\n<think>\n\n</think>\n\nYes.' }]],
    ['with the opening mark in the prompt', [{ content: 'Hm.\n</think>\n\nYes.' }]],
  ])('%s is no part of the answer', async (_, deltas) => {
    expect(await hear({ reply: { deltas } })).toMatchObject({
      parts: [{ type: 'text', text: 'Yes.' }],
      stop: 'end',
    })
  })

  test('that was cut leaves no answer', async () => {
    const reply = { deltas: [{ content: '<think>And then, ' }], finish: 'length' }
    expect(await hear({ reply })).toMatchObject({ parts: [], stop: 'length' })
  })

  test.each(['The mark </think> ends it.', 'It says:\n<think>Hm.</think>'])(
    'is not looked for inside an answer: %s',
    async (content) => {
      expect(await hear({ reply: { deltas: [{ content }] } })).toMatchObject({ parts: [{ text: content }] })
    },
  )
})

describe('the end of a stream', () => {
  test.each([
    ['stop', 'end'],
    ['length', 'length'],
    ['content_filter', 'refusal'],
    ['tool_calls', 'end'],
  ])('with %s is %s', async (finish, stop) => {
    expect(await hear({ reply: { deltas: [{ content: 'Half' }], finish } })).toMatchObject({
      parts: [{ type: 'text', text: 'Half' }],
      stop,
    })
  })

  test('with stop is tool_calls where calls came', async () => {
    const reply = { deltas: [part('read', '{}', { id: 'x' })], finish: 'stop' }
    expect(await hear({ reply })).toMatchObject({ stop: 'tool_calls' })
  })

  test('needs no mark where the last chunk of the choice has the counts', async () => {
    const reply: FakeReply = { deltas: [{ content: 'Whole.' }], ending: 'usage with finish' }
    expect(await hear({ stall: reply, afterEvents: 99 })).toMatchObject({ parts: [{ text: 'Whole.' }] })
  })

  test('without a reason to finish is none', async () => {
    const raw = 'data: {"choices":[{"index":0,"delta":{"content":"Half"}}]}\n\ndata: [DONE]\n\n'
    await expect(hear({ raw })).rejects.toMatchObject({ kind: 'unavailable', retryable: true })
  })

  test.each([
    ['{"error":{"message":"SECRET","code":429}}', 'rate_limited'],
    ['{"error":{"message":"SECRET","code":502}}', 'unavailable'],
    ['{"error":{"message":"SECRET","type":"server_error"}}', 'unavailable'],
    ['{"choices":[{"index":0,"delta":{"content":""},"finish_reason":"error"}]}', 'unavailable'],
  ])('in mid-stream is told apart: %s', async (data, kind) => {
    await expect(hear({ raw: `data: ${data}\n\n` })).rejects.toMatchObject({
      kind,
      retryable: true,
      message: expect.not.stringContaining('SECRET'),
    })
  })
})

describe('what a reply is counted at', () => {
  const deltas = [{ reasoning: 'Hm.' }, { content: 'Zürich' }]

  test.each<[FakeReply['usage'], number[]]>([
    [{ prompt_tokens: 100, completion_tokens: 20 }, [100, 0, 20]],
    [
      { prompt_tokens: 100, completion_tokens: 20, prompt_tokens_details: { cached_tokens: 80 } },
      [20, 80, 20],
    ],
    [{ prompt_tokens: 100, completion_tokens: 20, prompt_tokens_details: null }, [100, 0, 20]],
    [{ prompt_tokens: 10, completion_tokens: 1, prompt_tokens_details: { cached_tokens: 80 } }, [0, 10, 1]],
    [{ prompt_tokens: 0, completion_tokens: 0 }, [0, 0, 0]],
  ])('%j counts no token twice', async (usage, [inputTokens, cacheReadTokens, outputTokens]) => {
    const reply = await hear({ reply: { deltas, ...(usage ? { usage } : {}) } })
    expect(reply.usage).toEqual({ inputTokens, cacheReadTokens, cacheWriteTokens: 0, outputTokens })
  })

  test('is the most that it can have cost where the server does not count', async () => {
    const model = createCompatible({ baseUrl: 'http://localhost:1/v1', apiKey: undefined, images: false })
    const inputTokens = model.countTokens(requestOf([said('Hi')]))
    const counted = { cacheReadTokens: 0, cacheWriteTokens: 0, inputTokens }
    const bytes = Buffer.byteLength('Hm.Zürich')
    expect((await hear({ reply: { deltas, usage: 'none' } })).usage).toEqual({
      ...counted,
      outputTokens: bytes,
    })
    const long = await hear({ reply: { deltas: [{ content: 'x'.repeat(5_000) }], usage: 'none' } })
    expect(long.usage).toEqual({ ...counted, outputTokens: 1_024 })
    const odd = await hear({ reply: { deltas, usage: { prompt_tokens: null, completion_tokens: -1 } } })
    expect(odd.usage).toEqual({ ...counted, outputTokens: bytes })
  })
})

describe('what is wrong with the settings is said by their names', () => {
  test.each([
    [
      { status: 404, type: 'not_found_error', message: "model 'qwen3:32b' not found" },
      'COMPATIBLE_MODELS',
      'not_found',
    ],
    [{ status: 404, message: '404 page not found' }, 'COMPATIBLE_BASE_URL', 'not_found'],
    [{ status: 401, message: 'no' }, 'COMPATIBLE_API_KEY', 'forbidden'],
    [{ status: 503, message: 'no' }, 'COMPATIBLE_BASE_URL', 'unavailable'],
  ])('%j', async (step, setting, kind) => {
    await expect(hear(step)).rejects.toMatchObject({ kind, message: expect.stringContaining(setting) })
  })

  test('a server that does not run', async () => {
    const server = await startCompatible({ script: [] })
    await server[Symbol.asyncDispose]()
    const model = createCompatible({ baseUrl: `${server.origin}/v1`, apiKey: undefined, images: false })
    await expect(model.call(requestOf([said('Hi')]), never)).rejects.toMatchObject({
      kind: 'unavailable',
      retryable: true,
      message: expect.stringContaining('COMPATIBLE_BASE_URL'),
    })
  })
})
