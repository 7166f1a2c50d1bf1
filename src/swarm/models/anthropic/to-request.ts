import type Anthropic from '@anthropic-ai/sdk'
import type { ModelRequest, ResultPart } from '../../../core/model.ts'
import { documentName, hiddenDocument, hiddenImage, imageTypeOf, type ShowBlob } from '../wire/blobs.ts'
import { isBlank, isFilled, isRecord } from '../wire/clean.ts'
import { type AssistantTurn, turnsOf, type UserTurn } from '../wire/turns.ts'

type Body = Anthropic.MessageCreateParamsStreaming
type PlainBlock = Anthropic.TextBlockParam | Anthropic.ImageBlockParam | Anthropic.DocumentBlockParam
type UserBlock = PlainBlock | Anthropic.ToolResultBlockParam
type AssistantBlock =
  | Anthropic.TextBlockParam
  | Anthropic.ToolUseBlockParam
  | Anthropic.ThinkingBlockParam
  | Anthropic.RedactedThinkingBlockParam

const cacheHere = { type: 'ephemeral' } as const

/**
 * A request as the Messages API takes it. Pure: the same request gives the same body, and a longer transcript the
 * same beginning. Three cache breakpoints: behind tools and system, and behind the last two user turns, so that a step
 * with more blocks than the provider looks back over still finds what the step before it wrote.
 */
export function toRequest(input: { request: ModelRequest; show: ShowBlob }): Body {
  const { request, show } = input
  const { model } = request
  const turns = turnsOf(request.messages, 'anthropic')
  const cached = new Set(turns.filter((turn) => turn.role === 'user').slice(-2))
  const messages = turns.map((turn): Anthropic.MessageParam => {
    if (turn.role === 'assistant') return { role: 'assistant', content: assistantBlocks(turn) }
    const blocks = userBlocks(turn, show)
    return { role: 'user', content: cached.has(turn) ? withBreakpoint(blocks) : blocks }
  })
  const words: Anthropic.TextBlockParam = { type: 'text', text: request.system.toWellFormed() }
  const system = isBlank(request.system) ? [] : [words]
  const { choice, tools } = toolsOf(request, turns)
  return {
    model,
    max_tokens: request.maxOutputTokens,
    ...(system.length > 0 ? { system: withBreakpoint(system) } : {}),
    ...(tools.length > 0 ? { tools: system.length > 0 ? tools : withBreakpoint(tools) } : {}),
    ...(choice ? { tool_choice: choice } : {}),
    messages,
    ...(takesEffort(model) ? { output_config: { effort: request.effort } } : {}),
    metadata: { user_id: request.userId },
    stream: true,
  }
}

function withBreakpoint<T extends { cache_control?: Anthropic.CacheControlEphemeral | null }>(
  blocks: T[],
): T[] {
  return blocks.map((block, index) =>
    index === blocks.length - 1 ? { ...block, cache_control: cacheHere } : block,
  )
}

/** Whether a model can be told how hard to think; earlier ones refuse to be. */
export function takesEffort(model: string): boolean {
  const version = /^claude-(?:opus|sonnet|haiku|fable|mythos)-(\d+)(?:-(\d{1,2}))?(?:-|$)/.exec(model)
  const [major, minor] = [Number(version?.[1] ?? 0), Number(version?.[2] ?? 0)]
  return major > 4 || (major === 4 && minor >= 6)
}

/**
 * The tools stay the same in every request of a transcript, also where none may be called any more: newer models check
 * that nothing before their thinking has changed. A transcript with calls must declare some in any case.
 */
function toolsOf(
  { mayCallTools, tools: specs }: ModelRequest,
  turns: readonly (UserTurn | AssistantTurn)[],
): { tools: Anthropic.Tool[]; choice?: Anthropic.ToolChoiceNone } {
  const none = { type: 'none' } as const
  if (specs.length > 0) {
    const tools = specs.map(({ description, inputSchema, name }) => ({
      name,
      ...(isBlank(description) ? {} : { description }),
      input_schema: { ...inputSchema, type: 'object' as const },
    }))
    return mayCallTools ? { tools } : { tools, choice: none }
  }
  const called = turns.flatMap((turn) => (turn.role === 'assistant' ? turn.parts : []))
  const names = new Set(called.flatMap((part) => (part.type === 'tool_call' ? [part.name] : [])))
  if (names.size === 0) return { tools: [] }
  const tools = [...names].map((name) => ({ name, input_schema: { type: 'object' as const } }))
  return { tools, choice: none }
}

function userBlocks(turn: UserTurn, show: ShowBlob): UserBlock[] {
  const results = turn.results.map(
    ({ callId, content, isError }): Anthropic.ToolResultBlockParam => ({
      type: 'tool_result',
      tool_use_id: callId,
      content: content.map((part) => plainBlock(part, show)),
      ...(isError ? { is_error: true } : {}),
    }),
  )
  return [...results, ...turn.parts.map((part) => plainBlock(part, show))]
}

function plainBlock(part: ResultPart, show: ShowBlob): PlainBlock {
  if (part.type === 'text') return { type: 'text', text: part.text }
  const data = show(part)
  if (part.type === 'document') {
    if (data === undefined) return { type: 'text', text: hiddenDocument }
    const source = { type: 'base64', media_type: part.mediaType, data } as const
    return { type: 'document', source, title: documentName(part) }
  }
  const mediaType = imageTypeOf(part)
  if (!mediaType || data === undefined) return { type: 'text', text: hiddenImage }
  return { type: 'image', source: { type: 'base64', media_type: mediaType, data } }
}

function assistantBlocks(turn: AssistantTurn): AssistantBlock[] {
  const blocks = turn.parts.flatMap(assistantBlock)
  // A turn that was cut while thinking ends with it, which is refused when given back.
  const last = blocks.at(-1)?.type
  if (last === 'text' || last === 'tool_use') return blocks
  return [...blocks, { type: 'text', text: '(nothing)' }]
}

function assistantBlock(part: AssistantTurn['parts'][number]): AssistantBlock[] {
  switch (part.type) {
    case 'text':
      return [{ type: 'text', text: part.text }]
    case 'tool_call':
      return [{ type: 'tool_use', id: part.id, name: part.name, input: part.input }]
    case 'reasoning':
      return isThinking(part.data) ? [part.data] : []
  }
}

/** Thinking that can be given back; without its signature it would be refused. */
export function isThinking(
  data: unknown,
): data is Anthropic.ThinkingBlockParam | Anthropic.RedactedThinkingBlockParam {
  if (!isRecord(data)) return false
  const { data: redacted, signature, thinking, type } = data
  if (type === 'redacted_thinking') return isFilled(redacted)
  return type === 'thinking' && typeof thinking === 'string' && isFilled(signature)
}
