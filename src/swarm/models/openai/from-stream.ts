import type OpenAI from 'openai'
import type { ModelReply, Part, Usage } from '../../../core/model.ts'
import { parseArguments } from '../wire/clean.ts'
import { isReasoning } from './to-request.ts'

export type Event = OpenAI.Responses.ResponseStreamEvent
type EndEvent =
  | OpenAI.Responses.ResponseCompletedEvent
  | OpenAI.Responses.ResponseIncompleteEvent
  | OpenAI.Responses.ResponseFailedEvent
type Item = OpenAI.Responses.ResponseOutputItem

/** The event with which a stream says that it is over. */
export function isEnd(event: Event): event is EndEvent {
  const { type } = event
  return type === 'response.completed' || type === 'response.incomplete' || type === 'response.failed'
}

export type Outcome =
  | { outcome: 'reply'; reply: ModelReply }
  | { outcome: 'failed'; code: string | undefined; words: string }
  | { outcome: 'cut' }

/** A whole stream as one reply, as the failure that it reports, or as cut off before its end. Pure. */
export function fromStream(events: readonly Event[], who: { provider: string; model: string }): Outcome {
  const end = events.find(isEnd)
  if (!end) return { outcome: 'cut' }
  const { error, incomplete_details: incomplete, output, usage } = end.response
  if (end.type === 'response.failed') {
    return { outcome: 'failed', code: error?.code, words: error?.message ?? '' }
  }
  const items = itemsOf(events, output ?? [])
  const parts = items.flatMap((item) => partsOf(item, who.provider))
  const refused = incomplete?.reason === 'content_filter' || items.some(isRefusal)
  const calls = parts.some((part) => part.type === 'tool_call')
  const cut = end.type === 'response.incomplete'
  const stop = refused ? 'refusal' : cut ? 'length' : calls ? 'tool_calls' : 'end'
  return { outcome: 'reply', reply: { ...who, parts, stop, usage: usageOf(usage) } }
}

/** The items as each was said to be done; some servers leave them out of the last event, some send that alone. */
function itemsOf(events: readonly Event[], output: readonly Item[]): readonly Item[] {
  const done = new Map<number, Item>()
  for (const event of events) {
    if (event.type === 'response.output_item.done') done.set(event.output_index, event.item)
  }
  if (output.length >= done.size) return output
  return [...done].sort(([a], [b]) => a - b).map(([, item]) => item)
}

function partsOf(item: Item, provider: string): Part[] {
  switch (item.type) {
    case 'message':
      return item.content.flatMap((content): Part[] => {
        const text = content.type === 'output_text' ? content.text : content.refusal
        return text === '' ? [] : [{ type: 'text', text }]
      })
    case 'function_call': {
      const { arguments: json, call_id: id, name } = item
      return [{ type: 'tool_call', id, name, input: parseArguments(json) }]
    }
    case 'reasoning':
      return isReasoning(item) ? [{ type: 'reasoning', provider, data: item }] : []
    default:
      return [] // only what runs at the provider, which we never ask for
  }
}

function isRefusal(item: Item): boolean {
  return item.type === 'message' && item.content.some((content) => content.type === 'refusal')
}

/** The provider's input holds both cache figures; ours must not count them twice. The three sum up to its input. */
function usageOf(usage: OpenAI.Responses.ResponseUsage | null | undefined): Usage {
  const input = usage?.input_tokens ?? 0
  const details: Partial<OpenAI.Responses.ResponseUsage.InputTokensDetails> =
    usage?.input_tokens_details ?? {}
  const cacheReadTokens = Math.min(input, details.cached_tokens ?? 0)
  const cacheWriteTokens = Math.min(input - cacheReadTokens, details.cache_write_tokens ?? 0)
  return {
    inputTokens: input - cacheReadTokens - cacheWriteTokens,
    cacheReadTokens,
    cacheWriteTokens,
    outputTokens: usage?.output_tokens ?? 0,
  }
}
