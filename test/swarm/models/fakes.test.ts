import { describe, expect, test } from 'vitest'
import { startAnthropic } from '../../fakes/anthropic-server.ts'
import { startCompatible } from '../../fakes/compatible-server.ts'
import { startOpenAi } from '../../fakes/openai-server.ts'

const anthropicBody = {
  model: 'm',
  max_tokens: 100,
  messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }],
  metadata: { user_id: 'u_1' },
  stream: true,
}
const openAiBody = {
  model: 'm',
  max_output_tokens: 100,
  prompt_cache_key: 'k',
  input: [{ role: 'user', content: [{ type: 'input_text', text: 'Hi' }] }],
  safety_identifier: 'u_1',
  service_tier: 'default',
  store: false,
  stream: true,
}
const compatibleBody = {
  model: 'm',
  messages: [{ role: 'user', content: 'Hi' }],
  max_tokens: 100,
  stream: true,
  stream_options: { include_usage: true },
}
const user = (...content: unknown[]) => ({ role: 'user', content })
const assistant = (...content: unknown[]) => ({ role: 'assistant', content })
const text = { type: 'text', text: 'Hi' }
const marked = { ...text, cache_control: { type: 'ephemeral' } }
const tools = [{ name: 'read', input_schema: { type: 'object' } }]
const use = { type: 'tool_use', id: 'c1', name: 'read', input: {} }
const result = { type: 'tool_result', tool_use_id: 'c1', content: [text] }
const pdf = { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: 'AQID' } }
const file = {
  type: 'input_file',
  detail: 'high',
  filename: 'a.pdf',
  file_data: 'data:application/pdf;base64,AQID',
}
const breakpoint = { prompt_cache_breakpoint: { mode: 'explicit' } }
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
    ['a request that names nobody', { metadata: undefined }],
    ['a name of a person', { metadata: { user_id: 'ann@example.com' } }],
    [
      'an effort that the model does not take',
      { model: 'claude-haiku-4-5', output_config: { effort: 'low' } },
    ],
    ['an effort that there is not', { model: 'claude-opus-5-5', output_config: { effort: 'much' } }],
    ['a choice of tools without tools', { tool_choice: { type: 'none' } }],
    ['a PDF without its bytes', { messages: [user({ ...pdf, source: { ...pdf.source, data: '' } })] }],
    [
      'a PDF that is none',
      { messages: [user({ ...pdf, source: { ...pdf.source, media_type: 'text/csv' } })] },
    ],
    ['a PDF with a title too long', { messages: [user({ ...pdf, title: 'x'.repeat(501) })] }],
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
    ['a request that names nobody', { safety_identifier: undefined }],
    ['a name of a person', { safety_identifier: 'ann@example.com' }],
    ['another service tier', { service_tier: 'auto' }],
    ['an effort of a model that does not think', { model: 'gpt-4.1', reasoning: { effort: 'low' } }],
    ['a choice of tools without tools', { tool_choice: 'none' }],
    ['a file of another name', { input: [{ role: 'user', content: [{ ...file, filename: 'a.csv' }] }] }],
    ['a file without its bytes', { input: [{ role: 'user', content: [{ ...file, file_data: 'data:' }] }] }],
    [
      'a breakpoint of a model that has none',
      { model: 'gpt-5.5', input: [{ role: 'user', content: [{ ...file, ...breakpoint }] }] },
    ],
    [
      'four breakpoints',
      { model: 'gpt-5.6-sol', input: [{ role: 'user', content: Array(4).fill({ ...file, ...breakpoint }) }] },
    ],
    ['an output without its call', { input: [heard, output] }],
    ['a call without its output', { input: [heard, called] }],
    ['arguments that do not parse', { input: [heard, { ...called, arguments: '{"path' }, output] }],
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

describe('the fake Chat Completions', () => {
  const asked = { role: 'user', content: 'Hi' }
  const call = { id: 'c1', type: 'function', function: { name: 'read', arguments: '{}' } }
  const calling = { role: 'assistant', content: null, tool_calls: [call] }
  const answer = { role: 'tool', tool_call_id: 'c1', content: 'rows' }

  test('takes only its key, and a sound transcript', async () => {
    await using server = await startCompatible({ script: [{ reply: { deltas: [] } }], refusals: 1 })
    const url = `${server.origin}/v1/chat/completions`
    const messages = [{ role: 'system', content: 'Be brief.' }, asked, calling, answer]
    expect(await post(url, compatibleBody, { authorization: 'Bearer other' })).toBe(401)
    expect(await post(url, { ...compatibleBody, messages })).toBe(200)
  })

  test.each<[string, object]>([
    ['a field that such servers do not know', { max_completion_tokens: 100 }],
    ['keeping the reply', { store: false }],
    ['a stream without its usage', { stream_options: undefined }],
    ['an empty transcript', { messages: [] }],
    ['an empty text', { messages: [{ role: 'user', content: ' ' }] }],
    ['an empty list', { messages: [{ role: 'user', content: [] }] }],
    ['a system message in between', { messages: [asked, { role: 'system', content: 'Else.' }] }],
    ['a transcript that ends with the model', { messages: [asked, { role: 'assistant', content: 'Yes' }] }],
    ['a message with nothing in it', { messages: [asked, { role: 'assistant', content: null }, asked] }],
    ['a tool message without its call', { messages: [asked, answer] }],
    ['a tool message twice', { messages: [asked, calling, answer, answer] }],
    ['a call without its tool message', { messages: [asked, calling] }],
    ['a call that is overtaken by the user', { messages: [asked, calling, asked, answer] }],
    ['a call id twice', { messages: [asked, calling, answer, calling, answer] }],
    [
      'arguments that do not parse',
      { messages: [asked, { ...calling, tool_calls: [broken(call)] }, answer] },
    ],
    ['a choice of tools without tools', { tool_choice: 'none' }],
    [
      'a picture in a result',
      { messages: [asked, calling, { ...answer, content: [{ type: 'image_url' }] }] },
    ],
  ])('refuses %s', async (_, change) => {
    await using server = await startCompatible({ script: [], refusals: 1 })
    const url = `${server.origin}/v1/chat/completions`
    expect(await post(url, { ...compatibleBody, ...change })).toBe(400)
  })
})

function broken(call: { function: object }): object {
  return { ...call, function: { ...call.function, arguments: '{"path' } }
}
