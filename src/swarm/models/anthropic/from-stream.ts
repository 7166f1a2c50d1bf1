import type Anthropic from '@anthropic-ai/sdk'
import type { ModelReply, Part, Usage } from '../../../core/model.ts'
import { parseArguments } from '../wire/clean.ts'
import { isThinking } from './to-request.ts'

type Event = Anthropic.RawMessageStreamEvent

/** A block as it grows. */
interface Growing {
  start: Anthropic.RawContentBlockStartEvent['content_block']
  text: string
  json: string
  signature: string
}

/** A whole stream as one reply; `undefined` for one that broke off before its end. Pure. */
export function fromStream(
  events: readonly Event[],
  who: { provider: string; model: string },
): ModelReply | undefined {
  const ended = events.some((event) => event.type === 'message_stop')
  const start = events.find((event) => event.type === 'message_start')
  if (!ended || !start) return undefined
  const deltas = events.filter((event) => event.type === 'message_delta')
  const parts = blocksOf(events).flatMap((block) => partOf(block, who.provider))
  const reason = deltas.findLast((event) => event.delta.stop_reason !== null)?.delta.stop_reason
  return { ...who, parts, stop: stopOf(reason, parts), usage: usageOf(start, deltas) }
}

function blocksOf(events: readonly Event[]): Growing[] {
  const blocks = new Map<number, Growing>()
  for (const event of events) {
    if (event.type === 'content_block_start') {
      const { content_block: start, index } = event
      blocks.set(index, { start, text: openingOf(start), json: '', signature: '' })
    }
    if (event.type === 'content_block_delta') {
      const block = blocks.get(event.index)
      if (block) grow(block, event.delta)
    }
  }
  return [...blocks].sort(([a], [b]) => a - b).map(([, block]) => block)
}

function openingOf(start: Growing['start']): string {
  if (start.type === 'text') return start.text
  return start.type === 'thinking' ? start.thinking : ''
}

function grow(block: Growing, delta: Anthropic.RawContentBlockDelta): void {
  if (delta.type === 'text_delta') block.text += delta.text
  else if (delta.type === 'input_json_delta') block.json += delta.partial_json
  else if (delta.type === 'thinking_delta') block.text += delta.thinking
  else if (delta.type === 'signature_delta') block.signature += delta.signature
}

function partOf({ json, signature, start, text }: Growing, provider: string): Part[] {
  switch (start.type) {
    case 'text':
      return text === '' ? [] : [{ type: 'text', text }]
    case 'tool_use': {
      const input = json === '' ? (start.input ?? {}) : parseArguments(json)
      return [{ type: 'tool_call', id: start.id, name: start.name, input }]
    }
    case 'thinking': {
      const data = { type: 'thinking', thinking: text, signature: signature || start.signature }
      return isThinking(data) ? [{ type: 'reasoning', provider, data }] : []
    }
    case 'redacted_thinking':
      return [{ type: 'reasoning', provider, data: { type: 'redacted_thinking', data: start.data } }]
    default:
      return [] // only what runs at the provider, which we never ask for
  }
}

function stopOf(reason: Anthropic.StopReason | null | undefined, parts: readonly Part[]): ModelReply['stop'] {
  switch (reason) {
    case 'refusal':
      return 'refusal'
    case 'max_tokens':
    case 'model_context_window_exceeded':
      return 'length'
    default:
      return parts.some((part) => part.type === 'tool_call') ? 'tool_calls' : 'end'
  }
}

/** The counts are cumulative: the last one said holds. The provider counts input apart from both cache figures. */
function usageOf(
  start: Anthropic.RawMessageStartEvent,
  deltas: readonly Anthropic.RawMessageDeltaEvent[],
): Usage {
  const said = [start.message.usage, ...deltas.map((event) => event.usage)]
  const last = (key: keyof Anthropic.MessageDeltaUsage & `${string}_tokens`) =>
    said.findLast((usage) => typeof usage?.[key] === 'number')?.[key] ?? 0
  return {
    inputTokens: last('input_tokens'),
    cacheReadTokens: last('cache_read_input_tokens'),
    cacheWriteTokens: last('cache_creation_input_tokens'),
    outputTokens: last('output_tokens'),
  }
}
