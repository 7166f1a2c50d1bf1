import { z } from 'zod'
import {
  bearerOf,
  isJsonObject,
  isWellFormedDeep,
  type ModelServer,
  openAiLimitHeaders,
  pieces,
  type Step,
  sse,
  startModelServer,
} from './model-server.ts'

export type FakeItem =
  | { type: 'message'; text?: string; refusal?: string }
  /** `json`: the arguments as they stand on the wire, also malformed ones. */
  | { type: 'function_call'; id: string; name: string; json: string }
  | { type: 'reasoning'; id: string; encrypted_content: string | null }

export interface FakeReply {
  output: FakeItem[]
  end?: 'completed' | { incomplete: string } | { failed: string; message?: string }
  usage?: { input?: number; cached?: number; written?: number; output?: number } | 'none'
  /** Some servers leave the items out of the last event. */
  bareEnd?: boolean
}

const filled = z.string().regex(/\S/, 'empty text')
const breakpoint = z.strictObject({ mode: z.literal('explicit') }).optional()
const inputText = z.strictObject({
  type: z.literal('input_text'),
  text: filled,
  prompt_cache_breakpoint: breakpoint,
})
const inputImage = z.strictObject({
  type: z.literal('input_image'),
  detail: z.enum(['low', 'high', 'auto', 'original']),
  image_url: z.string().regex(/^data:image\/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/]+=*$/),
  prompt_cache_breakpoint: breakpoint,
})
const inputFile = z.strictObject({
  type: z.literal('input_file'),
  detail: z.enum(['low', 'high', 'auto']),
  filename: z.string().regex(/^.+\.pdf$/is, 'unsupported file'),
  file_data: z.string().regex(/^data:application\/pdf;base64,[A-Za-z0-9+/]+=*$/),
  prompt_cache_breakpoint: breakpoint,
})
const content = z.array(z.discriminatedUnion('type', [inputText, inputImage, inputFile])).min(1)
const toolName = z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/)
const callId = z.string().min(1).max(64)
const reasoningItem = z.strictObject({
  type: z.literal('reasoning'),
  id: z.string(),
  summary: z.array(z.unknown()),
  encrypted_content: z.string().min(1, 'items are not persisted when store is false'),
})
const item = z.union([
  z.strictObject({ role: z.literal('user'), content }),
  z.strictObject({ role: z.literal('assistant'), content: filled }),
  z.strictObject({
    type: z.literal('function_call'),
    call_id: callId,
    name: toolName,
    arguments: z.string().refine(isJsonObject, 'arguments are no object'),
  }),
  z.strictObject({
    type: z.literal('function_call_output'),
    call_id: callId,
    output: z.union([filled, content]),
  }),
  reasoningItem,
])

const request = z.strictObject({
  model: z.string().min(1),
  instructions: z.string().min(1).optional(),
  input: z.array(item).min(1),
  tools: z
    .array(
      z.strictObject({
        type: z.literal('function'),
        name: toolName,
        description: z.string().min(1).optional(),
        parameters: z.looseObject({ type: z.literal('object') }),
        strict: z.literal(false),
      }),
    )
    .optional(),
  parallel_tool_calls: z.literal(true).optional(),
  tool_choice: z.literal('none').optional(),
  max_output_tokens: z.int().min(16),
  prompt_cache_key: z.string().max(64),
  include: z.array(z.literal('reasoning.encrypted_content')).optional(),
  reasoning: z.strictObject({ effort: z.enum(['minimal', 'low', 'medium', 'high', 'xhigh']) }).optional(),
  /** The provider can do without these two; we must not. */
  safety_identifier: z.string().regex(/^[\w-]{1,128}$/, 'must not identify anyone'),
  service_tier: z.literal('default'),
  store: z.literal(false),
  stream: z.literal(true),
})

export type OpenAiBody = z.infer<typeof request>

/** Why the Responses API would refuse a body. With `issued`, reasoning must be what this server gave out. */
export function refusalOf(body: unknown, issued?: ReadonlySet<string>): string | undefined {
  const parsed = request.safeParse(body)
  if (!parsed.success) return z.prettifyError(parsed.error)
  if (!isWellFormedDeep(body)) return 'we could not parse the JSON body of your request'
  const { include, input, model, reasoning, tool_choice: choice, tools } = parsed.data
  if (include && !thinks(model)) return 'encrypted content is not supported with this model'
  if (reasoning && !thinks(model)) return "unsupported parameter: 'reasoning.effort'"
  if (choice && !tools?.length) return 'tool_choice is only allowed when tools are specified'
  const breakpoints = JSON.stringify(input).split('"prompt_cache_breakpoint"').length - 1
  if (breakpoints > 3) return 'too many cache breakpoints'
  if (breakpoints > 0 && !/^gpt-(5\.[6-9]|[6-9])/.test(model)) return "unsupported: 'prompt_cache_breakpoint'"
  return pairingFault(input) ?? reasoningFault(input, issued)
}

function thinks(model: string): boolean {
  return /^(o\d|gpt-[5-9]|codex)/.test(model) && !/-chat/.test(model)
}

type Item = OpenAiBody['input'][number]

/** Walks the items with the calls that still wait for their output. */
function pairingFault(input: readonly Item[]): string | undefined {
  const seen = new Set<string>()
  const waiting = new Set<string>()
  for (const entry of input) {
    if ('role' in entry) {
      if (entry.role === 'user' && waiting.size > 0) return 'no tool output found for function call'
      continue
    }
    if (entry.type === 'function_call') {
      if (seen.has(entry.call_id)) return 'a call id twice'
      seen.add(entry.call_id)
      waiting.add(entry.call_id)
    }
    if (entry.type === 'function_call_output' && !waiting.delete(entry.call_id)) {
      return 'no tool call found for function call output'
    }
  }
  return waiting.size > 0 ? 'no tool output found for function call' : undefined
}

function reasoningFault(input: readonly Item[], issued?: ReadonlySet<string>): string | undefined {
  for (const [index, entry] of input.entries()) {
    if ('role' in entry || entry.type !== 'reasoning') continue
    const next = input[index + 1]
    const follows =
      next && ('role' in next ? next.role === 'assistant' : next.type !== 'function_call_output')
    if (!follows) return 'reasoning was provided without its required following item'
    if (issued && !issued.has(JSON.stringify(entry))) return 'the encrypted content could not be verified'
  }
  return undefined
}

/** The Responses API on loopback. It knows the reasoning it gave out and takes no other back. */
export function startOpenAi(input: {
  script: readonly Step<FakeReply>[]
  apiKey?: string
  models?: readonly string[]
  refusals?: number
  limit?: { requests: number; left: number }
}): Promise<ModelServer> {
  const issued = new Set<string>()
  return startModelServer<FakeReply>(
    {
      path: '/v1/responses',
      keyOf: bearerOf,
      refusal(body) {
        const why = refusalOf(body, issued)
        return why === undefined ? undefined : { status: 400, why }
      },
      events(reply, body) {
        for (const entry of reply.output) {
          if (entry.type === 'reasoning') issued.add(JSON.stringify(wireItem(entry, 0)))
        }
        return eventsOf(reply, body)
      },
      limitHeaders: openAiLimitHeaders,
      error: ({ code, message, type }) => ({ error: { type, code: code ?? null, message, param: null } }),
    },
    input,
  )
}

function eventsOf(reply: FakeReply, body: Record<string, unknown>): string[] {
  const { bareEnd = false, end = 'completed', usage } = reply
  const output = reply.output.map(wireItem)
  const response = { id: 'resp_test', object: 'response', model: `${body.model}-2026-01-01`, output: [] }
  const kind = end === 'completed' ? 'completed' : 'incomplete' in end ? 'incomplete' : 'failed'
  const last = {
    ...response,
    status: kind,
    output: bareEnd ? [] : output,
    error:
      typeof end === 'object' && 'failed' in end ? { code: end.failed, message: end.message ?? '' } : null,
    incomplete_details: typeof end === 'object' && 'incomplete' in end ? { reason: end.incomplete } : null,
    usage: usage === 'none' ? null : usageOf(usage ?? {}),
  }
  const events = [
    sse('response.created', { response: { ...response, status: 'in_progress' } }),
    sse('response.in_progress', { response: { ...response, status: 'in_progress' } }),
    ...output.flatMap((entry, index) => [
      sse('response.output_item.added', { output_index: index, item: { ...entry, status: 'in_progress' } }),
      ...deltasOf(reply.output[index], index),
      sse('response.output_item.done', { output_index: index, item: entry }),
    ]),
    sse(`response.${kind}`, { response: last }),
  ]
  return events
}

function wireItem(entry: FakeItem, index: number): Record<string, unknown> {
  switch (entry.type) {
    case 'reasoning':
      return { type: 'reasoning', id: entry.id, summary: [], encrypted_content: entry.encrypted_content }
    case 'function_call': {
      const { id, json, name } = entry
      return {
        type: 'function_call',
        id: `fc_${index}`,
        call_id: id,
        name,
        arguments: json,
        status: 'completed',
      }
    }
    case 'message': {
      const text = { type: 'output_text', text: entry.text, annotations: [] }
      const said = entry.refusal === undefined ? text : { type: 'refusal', refusal: entry.refusal }
      return { type: 'message', id: `msg_${index}`, role: 'assistant', status: 'completed', content: [said] }
    }
  }
}

function deltasOf(entry: FakeItem | undefined, index: number): string[] {
  const at = { output_index: index, item_id: `item_${index}`, content_index: 0 }
  if (entry?.type === 'message') {
    const kind = entry.refusal === undefined ? 'response.output_text.delta' : 'response.refusal.delta'
    return pieces(entry.text ?? entry.refusal ?? '').map((delta) => sse(kind, { ...at, delta }))
  }
  if (entry?.type !== 'function_call') return []
  return pieces(entry.json).map((delta) => sse('response.function_call_arguments.delta', { ...at, delta }))
}

function usageOf(usage: Exclude<FakeReply['usage'], 'none' | undefined>) {
  const { cached = 0, input = 10, output = 5, written = 0 } = usage
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: cached, cache_write_tokens: written },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: input + output,
  }
}
