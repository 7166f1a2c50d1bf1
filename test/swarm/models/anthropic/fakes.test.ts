import { describe, expect, test } from 'vitest'
import { startAnthropic } from '../../../fakes/anthropic-server.ts'
import { startOpenAi } from '../../../fakes/openai-server.ts'

const anthropicBody = {
  model: 'm',
  max_tokens: 100,
  messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }],
  stream: true,
}
const openAiBody = {
  model: 'm',
  max_output_tokens: 100,
  prompt_cache_key: 'k',
  input: [{ role: 'user', content: [{ type: 'input_text', text: 'Hi' }] }],
  store: false,
  stream: true,
}
const user = (...content: unknown[]) => ({ role: 'user', content })
const assistant = (...content: unknown[]) => ({ role: 'assistant', content })
const text = { type: 'text', text: 'Hi' }
const marked = { ...text, cache_control: { type: 'ephemeral' } }
const tools = [{ name: 'read', input_schema: { type: 'object' } }]
const use = { type: 'tool_use', id: 'c1', name: 'read', input: {} }
const result = { type: 'tool_result', tool_use_id: 'c1', content: [text] }
const heard = { role: 'user', content: [{ type: 'input_text', text: 'Hi' }] }
const called = { type: 'function_call', call_id: 'c1', name: 'read', arguments: '{}' }
const output = { type: 'function_call_output', call_id: 'c1', output: 'x' }

async function post(url: string, body: unknown, headers: Record<string, string> = {}): Promise<number> {
  const given = { authorization: 'Bearer test-key', 'anthropic-version': '2023-06-01', ...headers }
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(body), headers: given })
  await response.text()
  return response.status
}

describe('the fake Messages API', () => {
  test('complains of a call too many, a step left over and a refusal that nobody expected', async () => {
    const reply = { reply: { content: [] } }
    const short = await startAnthropic({ script: [] })
    expect(await post(`${short.origin}/v1/messages`, anthropicBody)).toBe(500)
    await expect(short[Symbol.asyncDispose]()).rejects.toThrow('1 calls too many')
    const long = await startAnthropic({ script: [reply, reply] })
    expect(await post(`${long.origin}/v1/messages`, anthropicBody)).toBe(200)
    await expect(long[Symbol.asyncDispose]()).rejects.toThrow('1 steps left over')
    const strict = await startAnthropic({ script: [] })
    expect(await post(`${strict.origin}/v1/messages`, {})).toBe(400)
    await expect(strict[Symbol.asyncDispose]()).rejects.toThrow('refused')
  })

  test.each<[string, object]>([
    ['a field that it does not know', { store: false }],
    ['an empty transcript', { messages: [] }],
    ['an empty text', { messages: [user({ type: 'text', text: ' \n' })] }],
    ['a transcript that begins with the model', { messages: [assistant(text), user(text)] }],
    ['a transcript that ends with the model', { messages: [user(text), assistant(text)] }],
    ['turns that do not alternate', { messages: [user(text), user(text)] }],
    ['a result without its call', { tools, messages: [user(result)] }],
    ['a call without its result', { tools, messages: [user(text), assistant(use), user(text)] }],
    ['a result after a text', { tools, messages: [user(text), assistant(use), user(text, result)] }],
    ['a result twice', { tools, messages: [user(text), assistant(use), user(result, result)] }],
    ['calls without tools', { messages: [user(text), assistant(use), user(result)] }],
    ['five cache breakpoints', { messages: [user(marked, marked, marked, marked, marked)] }],
    [
      'thinking that it did not give out',
      {
        messages: [
          user(text),
          assistant({ type: 'thinking', thinking: 'Hm', signature: 's' }, text),
          user(text),
        ],
      },
    ],
    ['half a character', { messages: [user({ type: 'text', text: 'x\ud83d' })] }],
  ])('refuses %s', async (_, change) => {
    await using server = await startAnthropic({ script: [], refusals: 1 })
    expect(await post(`${server.origin}/v1/messages`, { ...anthropicBody, ...change })).toBe(400)
  })
})

describe('the fake Responses API', () => {
  test('takes only its key', async () => {
    await using server = await startOpenAi({ script: [{ reply: { output: [] } }], refusals: 1 })
    expect(await post(`${server.origin}/v1/responses`, openAiBody, { authorization: 'Bearer other' })).toBe(
      401,
    )
    expect(await post(`${server.origin}/v1/responses`, openAiBody)).toBe(200)
  })

  test.each<[string, object]>([
    ['a field that it does not know', { messages: [] }],
    ['keeping the reply', { store: true }],
    ['going on from a response', { previous_response_id: 'resp_1' }],
    ['an empty text', { input: [{ role: 'user', content: [{ type: 'input_text', text: '' }] }] }],
    ['an output without its call', { input: [heard, output] }],
    ['a call without its output', { input: [heard, called] }],
    ['a call that is overtaken by the user', { input: [heard, called, heard, output] }],
    ['an output twice', { input: [heard, called, output, output] }],
    [
      'reasoning that it did not give out',
      {
        input: [heard, { type: 'reasoning', id: 'r', summary: [], encrypted_content: 'x' }, called, output],
      },
    ],
    [
      'reasoning that is not sealed',
      {
        input: [heard, { type: 'reasoning', id: 'r', summary: [] }, called, output],
      },
    ],
  ])('refuses %s', async (_, change) => {
    await using server = await startOpenAi({ script: [], refusals: 1 })
    expect(await post(`${server.origin}/v1/responses`, { ...openAiBody, ...change })).toBe(400)
  })
})
