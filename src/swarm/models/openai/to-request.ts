import { createHash } from 'node:crypto'
import type OpenAI from 'openai'
import type { ModelRequest, ResultPart } from '../../../core/model.ts'
import { documentName, hiddenDocument, hiddenImage, type ShowBlob } from '../wire/blobs.ts'
import { isBlank, isFilled, isRecord } from '../wire/clean.ts'
import { type AssistantTurn, type ResultsPart, turnsOf, type UserTurn } from '../wire/turns.ts'

type Body = OpenAI.Responses.ResponseCreateParamsStreaming
type Item = OpenAI.Responses.ResponseInputItem
type Content =
  | OpenAI.Responses.ResponseInputText
  | OpenAI.Responses.ResponseInputImage
  | OpenAI.Responses.ResponseInputFile

/**
 * A request as the Responses API takes it, with the whole transcript in it and nothing kept at the provider. Pure: the
 * same request gives the same body, and a longer transcript the same beginning.
 */
export function toRequest({ request, show }: { request: ModelRequest; show: ShowBlob }): Body {
  const { model } = request
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
    input: turnsOf(request.messages, 'openai').flatMap((turn, index) => {
      if (turn.role === 'assistant') return assistantItems(turn)
      return userItems({ turn, show, endsPrefix: index === 0 && hasBreakpoints(model) })
    }),
    ...(tools.length > 0 ? { tools, parallel_tool_calls: true } : {}),
    ...(tools.length > 0 && !request.mayCallTools ? { tool_choice: 'none' } : {}),
    max_output_tokens: request.maxOutputTokens,
    prompt_cache_key: createHash('sha256').update(`${model}\n${instructions}`).digest('hex').slice(0, 32),
    ...(reasons(model)
      ? { include: ['reasoning.encrypted_content'], reasoning: { effort: request.effort } }
      : {}),
    safety_identifier: request.userId,
    // What a project is set to otherwise (priority, flex) has other prices than the list.
    service_tier: 'default',
    store: false,
    stream: true,
  }
}

/** Whether a model thinks before it answers. Others refuse to be asked for their reasoning. */
export function reasons(model: string): boolean {
  return /^(o\d|gpt-[5-9]|codex)/.test(model) && !model.includes('-chat')
}

/** Whether a model can be told where a prefix ends that is asked for again (GPT-5.6 and later). */
export function hasBreakpoints(model: string): boolean {
  const version = /^gpt-(\d+)(?:\.(\d+))?(?:-|$)/.exec(model)
  const [major, minor] = [Number(version?.[1] ?? 0), Number(version?.[2] ?? 0)]
  return major > 5 || (major === 5 && minor >= 6)
}

/** Reasoning that can be given back: without its sealed content the provider looks for it where nothing is kept. */
export function isReasoning(data: unknown): data is OpenAI.Responses.ResponseReasoningItem {
  if (!isRecord(data)) return false
  const { encrypted_content: sealed, id, summary, type } = data
  return type === 'reasoning' && typeof id === 'string' && Array.isArray(summary) && isFilled(sealed)
}

function userItems(input: { turn: UserTurn; show: ShowBlob; endsPrefix: boolean }): Item[] {
  const { endsPrefix, show, turn } = input
  const outputs = turn.results.map(
    (result): Item => ({
      type: 'function_call_output',
      call_id: result.callId,
      output: outputOf(result, show),
    }),
  )
  if (turn.parts.length === 0) return outputs
  const content = turn.parts.map((part) => contentOf(part, show))
  return [...outputs, { role: 'user', content: endsPrefix ? withBreakpoint(content) : content }]
}

/**
 * Tools, instructions and the brief stay the same for every step of a task: the part of a prompt to keep. The
 * provider's own breakpoint at the end of the request stays on beside it.
 */
function withBreakpoint(content: readonly Content[]): Content[] {
  return content.map((part, index) =>
    index === content.length - 1 ? { ...part, prompt_cache_breakpoint: { mode: 'explicit' } } : part,
  )
}

/** An output says nowhere that it is an error, so its text does. Text alone travels as one string. */
function outputOf({ content, isError }: ResultsPart, show: ShowBlob): string | Content[] {
  const parts: readonly ResultPart[] = isError ? [{ type: 'text', text: 'Error:' }, ...content] : content
  const shown = parts.map((part) => contentOf(part, show))
  const texts = shown.flatMap((part) => (part.type === 'input_text' ? [part.text] : []))
  return texts.length === shown.length ? texts.join('\n') : shown
}

function contentOf(part: ResultPart, show: ShowBlob): Content {
  if (part.type === 'text') return { type: 'input_text', text: part.text }
  const base64 = show(part)
  const dataUrl = `data:${part.mediaType};base64,${base64}`
  if (part.type === 'document') {
    if (base64 === undefined) return { type: 'input_text', text: hiddenDocument }
    return { type: 'input_file', detail: 'high', filename: documentName(part), file_data: dataUrl }
  }
  if (base64 === undefined) return { type: 'input_text', text: hiddenImage }
  // `high` has a known ceiling in tokens; what `auto` costs depends on the model.
  return { type: 'input_image', detail: 'high', image_url: dataUrl }
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
