import { z } from 'zod'
import {
  bearerOf,
  isWellFormedDeep,
  type ModelServer,
  pieces,
  type Step,
  sse,
  startModelServer,
} from './model-server.ts'

export type FakeBlock =
  | { type: 'text'; text: string }
  /** `json`: the arguments as they stand on the wire, also malformed ones. */
  | { type: 'tool_use'; id: string; name: string; json: string }
  | { type: 'thinking'; thinking: string; signature: string }
  | { type: 'redacted_thinking'; data: string }

export interface FakeReply {
  content: FakeBlock[]
  stop?: string
  usage?: { input?: number; cacheRead?: number; cacheWrite?: number; output?: number }
}

const cache = z
  .strictObject({ type: z.literal('ephemeral'), ttl: z.enum(['5m', '1h']).optional() })
  .optional()
const filled = z.string().regex(/\S/, 'text content blocks must contain non-whitespace text')
const textBlock = z.strictObject({ type: z.literal('text'), text: filled, cache_control: cache })
const imageBlock = z.strictObject({
  type: z.literal('image'),
  source: z.strictObject({
    type: z.literal('base64'),
    media_type: z.enum(['image/jpeg', 'image/png', 'image/gif', 'image/webp']),
    data: z.base64().min(1),
  }),
  cache_control: cache,
})
const documentBlock = z.strictObject({
  type: z.literal('document'),
  source: z.strictObject({
    type: z.literal('base64'),
    media_type: z.literal('application/pdf'),
    data: z.base64().min(1),
  }),
  title: z.string().min(1).max(500).optional(),
  cache_control: cache,
})
const callId = z.string().regex(/^[a-zA-Z0-9_-]+$/)
const toolName = z.string().regex(/^[a-zA-Z0-9_-]{1,128}$/)
const resultBlock = z.strictObject({
  type: z.literal('tool_result'),
  tool_use_id: callId,
  content: z.array(z.discriminatedUnion('type', [textBlock, imageBlock, documentBlock])),
  is_error: z.boolean().optional(),
  cache_control: cache,
})
const callBlock = z.strictObject({
  type: z.literal('tool_use'),
  id: callId,
  name: toolName,
  input: z.record(z.string(), z.unknown()),
})
const thinkingBlock = z.strictObject({
  type: z.literal('thinking'),
  thinking: z.string(),
  signature: z.string().min(1),
})
const redactedBlock = z.strictObject({ type: z.literal('redacted_thinking'), data: z.string().min(1) })

const request = z.strictObject({
  model: z.string().min(1),
  max_tokens: z.int().min(1),
  system: z.array(textBlock).min(1).optional(),
  tools: z
    .array(
      z.strictObject({
        name: toolName,
        description: z.string().min(1).optional(),
        input_schema: z.looseObject({ type: z.literal('object') }),
        cache_control: cache,
      }),
    )
    .optional(),
  tool_choice: z.strictObject({ type: z.enum(['auto', 'none']) }).optional(),
  messages: z
    .array(
      z.discriminatedUnion('role', [
        z.strictObject({
          role: z.literal('user'),
          content: z
            .array(z.discriminatedUnion('type', [textBlock, imageBlock, documentBlock, resultBlock]))
            .min(1),
        }),
        z.strictObject({
          role: z.literal('assistant'),
          content: z
            .array(z.discriminatedUnion('type', [textBlock, callBlock, thinkingBlock, redactedBlock]))
            .min(1),
        }),
      ]),
    )
    .min(1),
  output_config: z.strictObject({ effort: z.enum(['low', 'medium', 'high', 'xhigh', 'max']) }).optional(),
  /** The provider can do without; we must not. */
  metadata: z.strictObject({ user_id: z.string().regex(/^[\w-]{1,256}$/, 'must not identify anyone') }),
  stream: z.literal(true),
})

export type AnthropicBody = z.infer<typeof request>

/** What thinking a server gave out, each with the conversations behind which it did. */
type Issued = Map<string, Set<string>>

const withoutEffort = /^claude-(haiku|sonnet)-4-5|^claude-(opus|sonnet)-4(-[01])?(-\d{8})?$|^claude-3/

/**
 * Why the Messages API would refuse a body; stricter than it in one thing: turns must alternate. With `issued`,
 * thinking must be what this server gave out, behind what it was given out behind.
 */
export function refusalOf(body: unknown, issued?: Issued): string | undefined {
  const parsed = request.safeParse(body)
  if (!parsed.success) return z.prettifyError(parsed.error)
  const { messages, tools } = parsed.data
  const misfit = settingsFault(parsed.data)
  if (misfit !== undefined) return misfit
  if (!isWellFormedDeep(body)) return 'the request body is not valid JSON: no low surrogate in string'
  if (JSON.stringify(body).split('"cache_control"').length - 1 > 4)
    return 'a maximum of 4 blocks with cache_control'
  for (const [index, turn] of messages.entries()) {
    if (turn.role !== (index % 2 === 0 ? 'user' : 'assistant'))
      return `messages.${index}: roles must alternate`
    const fault =
      pairingFault(messages[index - 1]?.content ?? [], turn.content) ??
      thinkingFault(parsed.data, { index, issued })
    if (fault !== undefined) return fault
  }
  const calls = messages.flatMap(({ content }) => callIdsOf(content))
  if (calls.length !== new Set(calls).size) return 'tool_use ids must be unique'
  if (calls.length > 0 && !tools?.length) return 'requests with tool blocks must define tools'
  if (messages.at(-1)?.role !== 'user') return 'this model does not support assistant message prefill'
  return undefined
}

function settingsFault({ model, output_config: output, tool_choice: choice, tools }: AnthropicBody) {
  if (output && withoutEffort.test(model)) return 'this model does not support the effort parameter'
  if (choice && !tools?.length) return 'tool_choice may only be specified while providing tools'
  return undefined
}

type Turn = AnthropicBody['messages'][number]
export type SentBlock = Turn['content'][number]

function callIdsOf(content: Turn['content']): string[] {
  return content.flatMap((block) => (block.type === 'tool_use' ? [block.id] : []))
}

function pairingFault(before: Turn['content'], content: Turn['content']): string | undefined {
  const calls = callIdsOf(before)
  const results = content.flatMap((block) => (block.type === 'tool_result' ? [block.tool_use_id] : []))
  if (results.length !== new Set(results).size) return 'a tool_result twice'
  if (results.some((id) => !calls.includes(id))) return 'unexpected tool_use_id in tool_result blocks'
  if (calls.some((id) => !results.includes(id))) return 'tool_use ids without tool_result blocks'
  const first = content.slice(0, results.length).every((block) => block.type === 'tool_result')
  return first ? undefined : 'tool_result blocks must come first'
}

function thinkingFault(
  body: AnthropicBody,
  { index, issued }: { index: number; issued: Issued | undefined },
): string | undefined {
  const content = body.messages[index]?.content ?? []
  for (const [at, block] of content.entries()) {
    const seal = sealOf(block)
    if (!issued || seal === undefined) continue
    const wrong = `messages.${index}.content.${at}: Invalid \`signature\` in \`thinking\` block.`
    const bound = issued.get(seal)
    if (!bound) return wrong
    if (!bound.has(conversationOf(body, index)))
      return `${wrong} The block is bound to a different conversation.`
  }
  return content.at(-1)?.type.endsWith('thinking') ? 'the final block cannot be thinking' : undefined
}

/** Everything that stands before a turn, without the marks for the cache. */
function conversationOf({ messages, system, tools }: Partial<AnthropicBody>, index?: number): string {
  return JSON.stringify([system, tools, messages?.slice(0, index)], (key, value: unknown) =>
    key === 'cache_control' ? undefined : value,
  )
}

function sealOf(block: { type: string }): string | undefined {
  return block.type.endsWith('thinking') ? JSON.stringify(Object.entries(block).sort()) : undefined
}

/** The Messages API on loopback. It knows the thinking it gave out and takes no other back. */
export function startAnthropic(input: {
  script: readonly Step<FakeReply>[]
  apiKey?: string
  models?: readonly string[]
  refusals?: number
  limit?: { requests: number; left: number }
}): Promise<ModelServer> {
  const issued: Issued = new Map()
  return startModelServer<FakeReply>(
    {
      path: '/v1/messages',
      keyOf: (headers) => headers['x-api-key']?.toString() ?? bearerOf(headers),
      refusal(body, headers) {
        if (headers['anthropic-version'] === undefined)
          return { status: 400, why: 'anthropic-version: header is required' }
        const why = refusalOf(body, issued)
        return why === undefined ? undefined : { status: 400, why }
      },
      events(reply, body) {
        for (const block of reply.content) {
          const seal = sealOf(block) ?? ''
          issued.set(seal, new Set([...(issued.get(seal) ?? []), conversationOf(body)]))
        }
        return eventsOf(reply, body)
      },
      limitHeaders: ({ left, limit }) => ({
        'anthropic-ratelimit-requests-limit': String(limit),
        'anthropic-ratelimit-requests-remaining': String(left),
        'anthropic-ratelimit-requests-reset': new Date().toISOString(),
      }),
      error: ({ message, type }) => ({ type: 'error', error: { type, message }, request_id: 'req_test' }),
    },
    input,
  )
}

function eventsOf({ content, stop, usage }: FakeReply, body: Record<string, unknown>): string[] {
  const message = {
    id: 'msg_test',
    type: 'message',
    role: 'assistant',
    model: `${body.model}-20260101`,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: {
      input_tokens: usage?.input ?? 10,
      cache_read_input_tokens: usage?.cacheRead ?? 0,
      cache_creation_input_tokens: usage?.cacheWrite ?? 0,
      output_tokens: 1,
    },
  }
  const reason = stop ?? (content.some((block) => block.type === 'tool_use') ? 'tool_use' : 'end_turn')
  return [
    sse('message_start', { message }),
    sse('ping', {}),
    ...content.flatMap((block, index) => [
      sse('content_block_start', { index, content_block: openingOf(block) }),
      ...deltasOf(block).map((delta) => sse('content_block_delta', { index, delta })),
      sse('content_block_stop', { index }),
    ]),
    sse('message_delta', {
      delta: { stop_reason: reason, stop_sequence: null },
      usage: { output_tokens: usage?.output ?? 5 },
    }),
    sse('message_stop', {}),
  ]
}

function openingOf(block: FakeBlock): unknown {
  switch (block.type) {
    case 'text':
      return { type: 'text', text: '' }
    case 'tool_use':
      return { type: 'tool_use', id: block.id, name: block.name, input: {} }
    case 'thinking':
      return { type: 'thinking', thinking: '', signature: '' }
    case 'redacted_thinking':
      return block
  }
}

function deltasOf(block: FakeBlock): unknown[] {
  switch (block.type) {
    case 'text':
      return pieces(block.text).map((text) => ({ type: 'text_delta', text }))
    case 'tool_use':
      return ['', ...pieces(block.json)].map((partial_json) => ({ type: 'input_json_delta', partial_json }))
    case 'thinking':
      return [
        ...pieces(block.thinking).map((thinking) => ({ type: 'thinking_delta', thinking })),
        { type: 'signature_delta', signature: block.signature },
      ]
    case 'redacted_thinking':
      return []
  }
}
