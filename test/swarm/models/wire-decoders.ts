import type { DocumentPart, ImagePart, Message, ResultPart } from '../../../src/core/model.ts'
import { hiddenDocument } from '../../../src/swarm/models/wire/blobs.ts'
import type { AnthropicBody } from '../../fakes/anthropic-server.ts'
import type { CompatibleBody } from '../../fakes/compatible-server.ts'
import type { OpenAiBody } from '../../fakes/openai-server.ts'

/** What a transcript says, in whichever format it travelled. Pictures and PDFs as their bytes in base64. */
export type Plain = string | { picture: string } | { pdf: string; name: string }
export type Said = string | { call: string; name: string; input: unknown } | { reasoning: unknown }
export type PlainTurn =
  | { role: 'user'; results: { id: string; content: Plain[] }[]; parts: Plain[] }
  | { role: 'assistant'; parts: Said[] }

/** The bytes of a blob in these tests: its hash. */
export const blobOf = ({ sha256 }: { sha256: string }): string => Buffer.from(sha256).toString('base64')

/**
 * What a provider should hear of a sound transcript. What the formats cannot carry is evened out: no format but
 * Anthropic's knows that a result is an error, so its text says so; OpenAI's result of texts alone is one string, so
 * texts that follow each other are one; reasoning is for the provider that it came from.
 */
export function plainOf(messages: readonly Message[], provider: string): PlainTurn[] {
  const turns: PlainTurn[] = []
  for (const { parts, role } of messages) {
    if (role === 'assistant') {
      const said = parts.flatMap((part): Said[] => {
        if (part.type === 'text') return [part.text]
        if (part.type === 'tool_call') return [{ call: part.id, name: part.name, input: part.input }]
        return part.type === 'reasoning' && part.provider === provider ? [{ reasoning: part.data }] : []
      })
      turns.push({ role, parts: said })
      continue
    }
    const turn = { role, results: [] as { id: string; content: Plain[] }[], parts: [] as Plain[] }
    for (const part of parts) {
      if (part.type === 'tool_result') {
        turn.results.push({
          id: part.callId,
          content: joined(withError(part.content.map(plain), part.isError)),
        })
      } else if (part.type === 'text' || part.type === 'image' || part.type === 'document') {
        turn.parts.push(plain(part))
      }
    }
    turns.push(turn)
  }
  return turns
}

/**
 * The same as Chat Completions carry it: an assistant's texts are one, before its calls; no reasoning; words in the
 * place of a PDF.
 */
export function flat(turns: readonly PlainTurn[]): PlainTurn[] {
  const worded = (part: Plain): Plain => (typeof part === 'object' && 'pdf' in part ? hiddenDocument : part)
  return turns.map((turn): PlainTurn => {
    if (turn.role === 'user') {
      const results = turn.results.map(({ content, id }) => ({ id, content: joined(content.map(worded)) }))
      return { ...turn, results, parts: turn.parts.map(worded) }
    }
    const texts = turn.parts.filter((part) => typeof part === 'string')
    const calls = turn.parts.filter((part) => typeof part === 'object' && 'call' in part)
    return { role: 'assistant', parts: [...(texts.length > 0 ? [texts.join('\n\n')] : []), ...calls] }
  })
}

function plain(part: ResultPart | ImagePart | DocumentPart): Plain {
  if (part.type === 'text') return part.text
  return part.type === 'image' ? { picture: blobOf(part) } : { pdf: blobOf(part), name: part.name }
}

function withError(content: readonly Plain[], isError: boolean): Plain[] {
  return isError ? ['Error:', ...content] : [...content]
}

function joined(content: readonly Plain[]): Plain[] {
  const parts: Plain[] = []
  for (const part of content) {
    const last = parts.at(-1)
    if (typeof part === 'string' && typeof last === 'string') parts[parts.length - 1] = `${last}\n${part}`
    else parts.push(part)
  }
  return parts
}

type AnthropicBlock = AnthropicBody['messages'][number]['content'][number]

export function fromAnthropic({ messages }: AnthropicBody): PlainTurn[] {
  return messages.map(({ content, role }): PlainTurn => {
    if (role === 'assistant') return { role, parts: content.flatMap((block) => anthropicSaid(block)) }
    const blocks: AnthropicBlock[] = content
    const results = blocks.flatMap((block) => {
      if (block.type !== 'tool_result') return []
      const shown = block.content.flatMap((inner) => anthropicPlain(inner))
      return [{ id: block.tool_use_id, content: joined(withError(shown, block.is_error ?? false)) }]
    })
    return { role, results, parts: blocks.flatMap((block) => anthropicPlain(block)) }
  })
}

function anthropicSaid(block: AnthropicBlock): Said[] {
  if (block.type === 'text') return [block.text]
  if (block.type === 'tool_use') return [{ call: block.id, name: block.name, input: block.input }]
  return block.type === 'thinking' || block.type === 'redacted_thinking' ? [{ reasoning: block }] : []
}

function anthropicPlain(block: AnthropicBlock): Plain[] {
  if (block.type === 'text') return [block.text]
  if (block.type === 'image') return [{ picture: block.source.data }]
  return block.type === 'document' ? [{ pdf: block.source.data, name: block.title ?? '' }] : []
}

type OpenAiItem = OpenAiBody['input'][number]
type OpenAiContent = Extract<Extract<OpenAiItem, { role: 'user' }>['content'], unknown[]>[number]

export function fromOpenAi({ input }: OpenAiBody): PlainTurn[] {
  const turns: PlainTurn[] = []
  const user = () => {
    const last = turns.at(-1)
    if (last?.role === 'user') return last
    const turn = { role: 'user' as const, results: [], parts: [] }
    turns.push(turn)
    return turn as Extract<PlainTurn, { role: 'user' }>
  }
  const say = (part: Said) => {
    const last = turns.at(-1)
    if (last?.role === 'assistant') last.parts.push(part)
    else turns.push({ role: 'assistant', parts: [part] })
  }
  for (const item of input) {
    if ('role' in item) {
      if (item.role === 'assistant') say(item.content)
      else user().parts.push(...item.content.map(openAiPlain))
    } else if (item.type === 'function_call') {
      say({ call: item.call_id, name: item.name, input: JSON.parse(item.arguments) })
    } else if (item.type === 'reasoning') {
      say({ reasoning: item })
    } else {
      const { call_id: id, output } = item
      const content = typeof output === 'string' ? [output] : joined(output.map(openAiPlain))
      user().results.push({ id, content })
    }
  }
  return turns
}

function openAiPlain(content: OpenAiContent): Plain {
  if (content.type === 'input_text') return content.text
  if (content.type === 'input_image') return { picture: afterComma(content.image_url) }
  return { pdf: afterComma(content.file_data), name: content.filename }
}

function afterComma(dataUrl: string): string {
  return dataUrl.slice(dataUrl.indexOf(',') + 1)
}

type Chat = CompatibleBody['messages'][number]
type ChatContent = Exclude<Extract<Chat, { role: 'user' }>['content'], string>[number]

export function fromCompatible({ messages }: CompatibleBody): PlainTurn[] {
  const turns: PlainTurn[] = []
  let results: { id: string; text: string }[] = []
  const close = (content: readonly ChatContent[]) => {
    if (results.length === 0 && content.length === 0) return
    const places = results.flatMap(({ text }) => [...text.matchAll(placed)])
    const pictures = new Map<string, Plain>(
      places.map(([, name = ''], index) => {
        const [label, shown] = content.slice(index * 2, index * 2 + 2)
        if (label?.type !== 'text' || label.text !== `${name}:` || !shown) throw new Error(`no ${name}`)
        return [name, chatPlain(shown)]
      }),
    )
    turns.push({
      role: 'user',
      results: results.map(({ id, text }) => ({ id, content: unplaced(text, pictures) })),
      parts: content.slice(places.length * 2).map(chatPlain),
    })
    results = []
  }
  for (const message of messages) {
    if (message.role === 'tool') results.push({ id: message.tool_call_id, text: message.content })
    if (message.role === 'user') {
      const { content } = message
      close(typeof content === 'string' ? [{ type: 'text', text: content }] : content)
    }
    if (message.role !== 'assistant') continue
    close([])
    const calls = (message.tool_calls ?? []).map(({ function: { arguments: json, name }, id }): Said => {
      return { call: id, name, input: JSON.parse(json) }
    })
    turns.push({
      role: 'assistant',
      parts: [...(message.content === null ? [] : [message.content]), ...calls],
    })
  }
  close([])
  return turns
}

const placed = /^\((Picture \d+) stands below\.\)$/gm

function unplaced(text: string, pictures: ReadonlyMap<string, Plain>): Plain[] {
  return joined(
    text
      .split('\n')
      .map((line) => pictures.get(/^\((Picture \d+) stands below\.\)$/.exec(line)?.[1] ?? '') ?? line),
  )
}

function chatPlain(content: ChatContent): Plain {
  return content.type === 'text' ? content.text : { picture: afterComma(content.image_url.url) }
}
