import type OpenAI from 'openai'
import type { ModelRequest, ResultPart } from '../../../core/model.ts'
import { hiddenDocument, hiddenImage, type ShowBlob } from '../wire/blobs.ts'
import { isBlank } from '../wire/clean.ts'
import { type AssistantTurn, type ResultsPart, turnsOf, type UserTurn } from '../wire/turns.ts'

type Body = OpenAI.Chat.ChatCompletionCreateParamsStreaming
type Message = OpenAI.Chat.ChatCompletionMessageParam
type Content = OpenAI.Chat.ChatCompletionContentPartText | OpenAI.Chat.ChatCompletionContentPartImage

/**
 * A request as Chat Completions take it, with no field that a server of one's own may not know. Pure: the same request
 * gives the same body, and a longer transcript the same beginning. Reasoning is not given back: there is no agreed
 * place for it.
 */
export function toRequest({ request, show }: { request: ModelRequest; show: ShowBlob }): Body {
  const system = request.system.toWellFormed()
  const tools = request.tools.map(
    ({ description, inputSchema, name }): OpenAI.Chat.ChatCompletionFunctionTool => ({
      type: 'function',
      function: { name, ...(isBlank(description) ? {} : { description }), parameters: inputSchema },
    }),
  )
  const messages = turnsOf(request.messages, 'compatible').flatMap((turn) =>
    turn.role === 'user' ? userMessages(turn, show) : [assistantMessage(turn)],
  )
  return {
    model: request.model,
    messages: isBlank(system) ? messages : [{ role: 'system', content: system }, ...messages],
    ...(tools.length > 0 ? { tools } : {}),
    ...(tools.length > 0 && !request.mayCallTools ? { tool_choice: 'none' } : {}),
    max_tokens: request.maxOutputTokens,
    stream: true,
    stream_options: { include_usage: true },
  }
}

/** A result is one string here: its pictures follow behind all results, as the user's, and the string says where. */
function userMessages(turn: UserTurn, show: ShowBlob): Message[] {
  const pictures: Content[] = []
  const place = (shown: Content): string => {
    const name = `Picture ${pictures.length / 2 + 1}`
    pictures.push({ type: 'text', text: `${name}:` }, shown)
    return `(${name} stands below.)`
  }
  const results = turn.results.map(
    (result): Message => ({
      role: 'tool',
      tool_call_id: result.callId,
      content: resultText(result, (part) => {
        const shown = contentOf(part, show)
        return shown.type === 'text' ? shown.text : place(shown)
      }),
    }),
  )
  const content = [...pictures, ...turn.parts.map((part) => contentOf(part, show))]
  const [only] = content
  if (!only) return results
  const isOneText = content.length === 1 && only.type === 'text'
  return [...results, { role: 'user', content: isOneText ? only.text : content }]
}

/** A result says nowhere that it is an error, so its text does. */
function resultText({ content, isError }: ResultsPart, textOf: (part: ResultPart) => string): string {
  return [...(isError ? ['Error:'] : []), ...content.map(textOf)].join('\n')
}

function contentOf(part: ResultPart, show: ShowBlob): Content {
  if (part.type === 'text') return { type: 'text', text: part.text }
  if (part.type === 'document') return { type: 'text', text: hiddenDocument }
  const base64 = show(part)
  if (base64 === undefined) return { type: 'text', text: hiddenImage }
  return { type: 'image_url', image_url: { url: `data:${part.mediaType};base64,${base64}` } }
}

/** Texts stand before the calls, whatever their order was: the format has one place for each. */
function assistantMessage({ parts }: AssistantTurn): Message {
  const words = parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n\n')
  const calls = parts.flatMap((part): OpenAI.Chat.ChatCompletionMessageFunctionToolCall[] => {
    if (part.type !== 'tool_call') return []
    const { id, input, name } = part
    return [{ id, type: 'function', function: { name, arguments: JSON.stringify(input) } }]
  })
  if (calls.length === 0) return { role: 'assistant', content: words || '(nothing)' }
  return { role: 'assistant', content: words || null, tool_calls: calls }
}
