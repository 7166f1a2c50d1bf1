import { createHash } from 'node:crypto'
import type OpenAI from 'openai'
import type { ModelRequest, ResultPart } from '../../../core/model.ts'
import { isBlank, isFilled, isRecord } from '../wire/clean.ts'
import { hiddenImage, type ShowImage } from '../wire/images.ts'
import { type AssistantTurn, type ResultsPart, turnsOf, type UserTurn } from '../wire/turns.ts'

type Body = OpenAI.Responses.ResponseCreateParamsStreaming
type Item = OpenAI.Responses.ResponseInputItem
type Content = OpenAI.Responses.ResponseInputText | OpenAI.Responses.ResponseInputImage

/**
 * A request as the Responses API takes it, with the whole transcript in it and nothing kept at the provider. Pure: the
 * same request gives the same body, and a longer transcript the same beginning.
 */
export function toRequest(input: {
  request: ModelRequest
  model: string
  provider: string
  show: ShowImage
}): Body {
  const { model, provider, request, show } = input
  const instructions = request.system.toWellFormed()
  const tools = request.tools.map(
    ({ description, inputSchema, name }): OpenAI.Responses.FunctionTool => ({
      type: 'function',
      name,
      ...(isBlank(description) ? {} : { description }),
      parameters: inputSchema,
      strict: false,
    }),
  )
  return {
    model,
    ...(isBlank(instructions) ? {} : { instructions }),
    input: turnsOf(request.messages, provider).flatMap((turn) =>
      turn.role === 'user' ? userItems(turn, show) : assistantItems(turn),
    ),
    ...(tools.length > 0 ? { tools, parallel_tool_calls: true } : {}),
    max_output_tokens: request.maxOutputTokens,
    prompt_cache_key: createHash('sha256').update(`${model}\n${instructions}`).digest('hex').slice(0, 32),
    ...(reasons(model) ? { include: ['reasoning.encrypted_content'] } : {}),
    store: false,
    stream: true,
  }
}

/** Whether a model thinks before it answers. Others refuse to be asked for their reasoning. */
export function reasons(model: string): boolean {
  return /^(o\d|gpt-[5-9]|codex)/.test(model) && !model.includes('-chat')
}

/** Reasoning that can be given back: without its sealed content the provider looks for it where nothing is kept. */
export function isReasoning(data: unknown): data is OpenAI.Responses.ResponseReasoningItem {
  if (!isRecord(data)) return false
  const { encrypted_content: sealed, id, summary, type } = data
  return type === 'reasoning' && typeof id === 'string' && Array.isArray(summary) && isFilled(sealed)
}

function userItems(turn: UserTurn, show: ShowImage): Item[] {
  const outputs = turn.results.map(
    (result): Item => ({
      type: 'function_call_output',
      call_id: result.callId,
      output: outputOf(result, show),
    }),
  )
  if (turn.parts.length === 0) return outputs
  return [...outputs, { role: 'user', content: turn.parts.map((part) => contentOf(part, show)) }]
}

/** An output says nowhere that it is an error, so its text does. Text alone travels as one string. */
function outputOf({ content, isError }: ResultsPart, show: ShowImage): string | Content[] {
  const parts: readonly ResultPart[] = isError ? [{ type: 'text', text: 'Error:' }, ...content] : content
  const shown = parts.map((part) => contentOf(part, show))
  const texts = shown.flatMap((part) => (part.type === 'input_text' ? [part.text] : []))
  return texts.length === shown.length ? texts.join('\n') : shown
}

function contentOf(part: ResultPart, show: ShowImage): Content {
  if (part.type === 'text') return { type: 'input_text', text: part.text }
  const image = show(part)
  if (!image) return { type: 'input_text', text: hiddenImage }
  // `high` has a known ceiling in tokens; what `auto` costs depends on the model.
  const url = `data:${image.mediaType};base64,${image.base64}`
  return { type: 'input_image', detail: 'high', image_url: url }
}

/** Reasoning that nothing follows, as in a reply that was cut, is refused when given back. */
function assistantItems(turn: AssistantTurn): Item[] {
  const end = turn.parts.findLastIndex((part) => part.type !== 'reasoning') + 1
  return turn.parts.slice(0, end).flatMap(assistantItem)
}

function assistantItem(part: AssistantTurn['parts'][number]): Item[] {
  switch (part.type) {
    case 'text':
      return [{ role: 'assistant', content: part.text }]
    case 'tool_call': {
      const { id, input, name } = part
      return [{ type: 'function_call', call_id: id, name, arguments: JSON.stringify(input) }]
    }
    case 'reasoning':
      return isReasoning(part.data) ? [part.data] : []
  }
}
