import type { IncomingHttpHeaders } from 'node:http'
import { type AnthropicBody, refusalOf as anthropicRefusal } from '../../fakes/anthropic-server.ts'
import { bearerOf, pieces, sse } from '../../fakes/model-server.ts'
import { type OpenAiBody, refusalOf as openAiRefusal } from '../../fakes/openai-server.ts'
import { type Asked, askedOfAnthropic, askedOfOpenAi } from './asked.ts'
import type { Reply } from './decide.ts'

/** What a reply is made of beside its words. */
export interface Envelope {
  model: string
  callId: string
  usage: { input: number; output: number }
}

/** How one provider speaks: what it refuses, how its calls are read and its replies written. */
export interface Wire {
  name: 'anthropic' | 'openai'
  path: string
  keyOf(headers: IncomingHttpHeaders): string | undefined
  refusal(body: unknown): string | undefined
  read(body: unknown): Asked
  events(reply: Reply, envelope: Envelope): string[]
  error(type: string): unknown
  /** The status with which it says that it is overloaded. */
  overloaded: number
}

export const anthropicWire: Wire = {
  name: 'anthropic',
  path: '/v1/messages',
  keyOf: (headers) => headers['x-api-key']?.toString(),
  refusal: (body) => anthropicRefusal(body),
  read: (body) => askedOfAnthropic(body as AnthropicBody),
  error: (type) => ({ type: 'error', error: { type, message: type }, request_id: 'req_chaos' }),
  overloaded: 529,
  events(reply, { callId, model, usage }) {
    const block =
      'call' in reply
        ? { type: 'tool_use', id: callId, name: reply.call.name, input: {} }
        : { type: 'text', text: '' }
    const deltas =
      'call' in reply
        ? pieces(reply.call.json, 40).map((partial_json) => ({ type: 'input_json_delta', partial_json }))
        : pieces(reply.text, 40).map((text) => ({ type: 'text_delta', text }))
    const message = {
      ...{ id: 'msg_chaos', type: 'message', role: 'assistant', model, content: [] },
      ...{ stop_reason: null, stop_sequence: null },
      usage: {
        input_tokens: usage.input,
        cache_read_input_tokens: 0,
        cache_creation_input_tokens: 0,
        output_tokens: 1,
      },
    }
    return [
      sse('message_start', { message }),
      sse('content_block_start', { index: 0, content_block: block }),
      ...deltas.map((delta) => sse('content_block_delta', { index: 0, delta })),
      sse('content_block_stop', { index: 0 }),
      sse('message_delta', {
        delta: { stop_reason: 'call' in reply ? 'tool_use' : 'end_turn', stop_sequence: null },
        usage: { output_tokens: usage.output },
      }),
      sse('message_stop', {}),
    ]
  },
}

export const openAiWire: Wire = {
  name: 'openai',
  path: '/v1/responses',
  keyOf: bearerOf,
  refusal: (body) => openAiRefusal(body),
  read: (body) => askedOfOpenAi(body as OpenAiBody),
  error: (type) => ({ error: { type, code: type, message: type, param: null } }),
  overloaded: 503,
  events(reply, { callId, model, usage }) {
    const response = { id: 'resp_chaos', object: 'response', model, error: null, incomplete_details: null }
    const item =
      'call' in reply
        ? {
            type: 'function_call',
            id: 'fc_0',
            call_id: callId,
            name: reply.call.name,
            arguments: reply.call.json,
            status: 'completed',
          }
        : {
            ...{ type: 'message', id: 'msg_0', role: 'assistant', status: 'completed' },
            content: [{ type: 'output_text', text: reply.text, annotations: [] }],
          }
    const counted = {
      input_tokens: usage.input,
      input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
      output_tokens: usage.output,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: usage.input + usage.output,
    }
    return [
      sse('response.created', { response: { ...response, status: 'in_progress', output: [] } }),
      sse('response.output_item.added', { output_index: 0, item: { ...item, status: 'in_progress' } }),
      sse('response.output_item.done', { output_index: 0, item }),
      sse('response.completed', {
        response: { ...response, status: 'completed', output: [item], usage: counted },
      }),
    ]
  },
}
