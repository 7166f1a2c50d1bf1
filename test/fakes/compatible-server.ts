import { z } from 'zod'
import {
  bearerOf,
  isJsonObject,
  isWellFormedDeep,
  type ModelServer,
  openAiLimitHeaders,
  pieces,
  type Step,
  startModelServer,
} from './model-server.ts'

/** What stands under `delta` in one chunk. Servers differ much, so a test may say exactly what comes. */
export type FakeDelta = Record<string, unknown>

export interface FakeReply {
  deltas: FakeDelta[]
  finish?: string
  /** As it stands on the wire, or nothing. */
  usage?: Record<string, unknown> | 'none'
  /** Some servers say usage in the last chunk of the choice, and some never say that they are done. */
  ending?: 'done' | 'usage with finish'
}

const filled = z.string().regex(/\S/, 'empty content')
const textPart = z.strictObject({ type: z.literal('text'), text: filled })
const imagePart = z.strictObject({
  type: z.literal('image_url'),
  image_url: z.strictObject({
    url: z.string().regex(/^data:image\/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/]+=*$/),
  }),
})
const toolName = z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/)
const callId = z.string().min(1).max(64)
const toolCall = z.strictObject({
  id: callId,
  type: z.literal('function'),
  function: z.strictObject({
    name: toolName,
    arguments: z.string().refine(isJsonObject, 'arguments are no object'),
  }),
})
const message = z.discriminatedUnion('role', [
  z.strictObject({ role: z.literal('system'), content: filled }),
  z.strictObject({
    role: z.literal('user'),
    content: z.union([filled, z.array(z.discriminatedUnion('type', [textPart, imagePart])).min(1)]),
  }),
  z.strictObject({
    role: z.literal('assistant'),
    content: filled.nullable(),
    tool_calls: z.array(toolCall).min(1).optional(),
  }),
  z.strictObject({ role: z.literal('tool'), tool_call_id: callId, content: filled }),
])

/** What every such server knows, and nothing else: `store`, `metadata` and `max_completion_tokens` are refused. */
const request = z.strictObject({
  model: z.string().min(1),
  messages: z.array(message).min(1),
  tools: z
    .array(
      z.strictObject({
        type: z.literal('function'),
        function: z.strictObject({
          name: toolName,
          description: z.string().min(1).optional(),
          parameters: z.looseObject({ type: z.literal('object') }),
        }),
      }),
    )
    .min(1)
    .optional(),
  tool_choice: z.literal('none').optional(),
  max_tokens: z.int().min(1),
  stream: z.literal(true),
  stream_options: z.strictObject({ include_usage: z.literal(true) }),
})

export type CompatibleBody = z.infer<typeof request>

/** Why a careful server of the kind would refuse a body. */
export function refusalOf(body: unknown): string | undefined {
  const parsed = request.safeParse(body)
  if (!parsed.success) return z.prettifyError(parsed.error)
  if (!isWellFormedDeep(body)) return 'the request is not valid UTF-8'
  const { messages, tool_choice: choice, tools } = parsed.data
  if (choice && !tools) return 'tool_choice without tools'
  if (messages.findLastIndex(({ role }) => role === 'system') > 0)
    return 'the system message must be the first'
  if (messages.at(-1)?.role === 'assistant') return 'the last message must not be the assistant’s'
  return pairingFault(messages)
}

type Message = CompatibleBody['messages'][number]

/** Each call is answered once, straight after the message that made it. */
function pairingFault(messages: readonly Message[]): string | undefined {
  const seen = new Set<string>()
  const waiting = new Set<string>()
  for (const entry of messages) {
    if (entry.role === 'tool') {
      if (!waiting.delete(entry.tool_call_id)) return 'a tool message without its call'
      continue
    }
    if (waiting.size > 0) return 'a call without its tool message'
    if (entry.role !== 'assistant') continue
    if (entry.content === null && !entry.tool_calls) return 'an assistant message with nothing in it'
    for (const { id } of entry.tool_calls ?? []) {
      if (seen.has(id)) return 'a call id twice'
      seen.add(id)
      waiting.add(id)
    }
  }
  return waiting.size > 0 ? 'a call without its tool message' : undefined
}

/** Chat Completions on loopback, as servers of one's own speak them. */
export function startCompatible(input: {
  script: readonly Step<FakeReply>[]
  apiKey?: string
  models?: readonly string[]
  refusals?: number
  limit?: { requests: number; left: number }
}): Promise<ModelServer> {
  return startModelServer<FakeReply>(
    {
      path: '/v1/chat/completions',
      keyOf: bearerOf,
      refusal(body) {
        const why = refusalOf(body)
        return why === undefined ? undefined : { status: 400, why }
      },
      events: eventsOf,
      limitHeaders: openAiLimitHeaders,
      error: ({ code, message, type }) => ({ error: { message, type, param: null, code: code ?? null } }),
    },
    input,
  )
}

/** The deltas of a reply as most servers send them: its text in pieces, its calls torn apart and mixed. */
export function deltasOf(reply: {
  reasoning?: string
  text?: string
  calls?: readonly { id: string; name: string; json: string }[]
}): FakeDelta[] {
  const { calls = [], reasoning = '', text = '' } = reply
  const torn = calls.map(({ json }) => pieces(json))
  const longest = Math.max(0, ...torn.map((parts) => parts.length))
  return [
    { role: 'assistant', content: '' },
    ...pieces(reasoning).map((piece) => ({ reasoning_content: piece })),
    ...pieces(text, 4).map((content) => ({ content })),
    ...calls.map(({ id, name }, index) => ({
      tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }],
    })),
    ...Array.from({ length: longest }, (_, at) => ({
      tool_calls: torn.flatMap((parts, index) =>
        parts[at] === undefined ? [] : [{ index, function: { arguments: parts[at] } }],
      ),
    })),
  ]
}

function eventsOf(reply: FakeReply, body: Record<string, unknown>): string[] {
  const { deltas, ending = 'done', finish, usage = { prompt_tokens: 10, completion_tokens: 5 } } = reply
  const chunk = (fields: Record<string, unknown>) =>
    `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', model: body.model, ...fields })}\n\n`
  const calls = deltas.some((delta) => delta.tool_calls !== undefined)
  const last = { index: 0, delta: {}, finish_reason: finish ?? (calls ? 'tool_calls' : 'stop') }
  const steps = deltas.map((delta) => chunk({ choices: [{ index: 0, delta, finish_reason: null }] }))
  if (usage === 'none') return [...steps, chunk({ choices: [last] }), 'data: [DONE]\n\n']
  if (ending === 'usage with finish') return [...steps, chunk({ choices: [last], usage })]
  return [...steps, chunk({ choices: [last] }), chunk({ choices: [], usage }), 'data: [DONE]\n\n']
}
