import type OpenAI from 'openai'
import type { ModelReply, Part, Usage } from '../../../core/model.ts'
import { isFilled, isRecord, parseArguments } from '../wire/clean.ts'

export type Chunk = OpenAI.Chat.ChatCompletionChunk

/** A call as it grows. */
interface Growing {
  index: number
  id: string
  name: string
  json: string
}

export interface Listening {
  provider: string
  model: string
  /** An id for a call: the one that the server gave, if it can be used and is the first of its name. */
  newId: (id: string) => string
  /** What counts where the server counts nothing. */
  bound: { inputTokens: number; outputTokens: number }
}

/** Whether there is nothing more to wait for; some servers leave the connection open. */
export function isWhole(chunks: readonly Chunk[]): boolean {
  return isRecord(chunks.at(-1)?.usage) && reasonOf(chunks) !== undefined
}

/**
 * A whole stream as one reply; `undefined` for one that broke off before its end. Pure. Lenient: servers differ in how
 * they number calls, tear them apart and name their reasoning. Reasoning is no part of the answer.
 */
export function fromStream(chunks: readonly Chunk[], listening: Listening): ModelReply | undefined {
  const reason: string | undefined = reasonOf(chunks)
  if (reason === undefined || reason === 'error') return undefined
  const { bound, model, newId, provider } = listening
  const deltas = deltasOf(chunks)
  const refusal = textOf(deltas, 'refusal')
  const text = withoutThinking(textOf(deltas, 'content')) || refusal
  const grown = callsOf(deltas)
  const calls = grown.map(
    ({ id, json, name }): Part => ({ type: 'tool_call', id: newId(id), name, input: parseArguments(json) }),
  )
  const parts: Part[] = [...(text === '' ? [] : [{ type: 'text' as const, text }]), ...calls]
  const refused = reason === 'content_filter' || refusal !== ''
  const stop = refused ? 'refusal' : reason === 'length' ? 'length' : calls.length > 0 ? 'tool_calls' : 'end'
  return { provider, model, parts, stop, usage: usageOf(chunks, bound, () => bytesOf(deltas, grown)) }
}

/** Typed by what OpenAI sends; others send more, less and else, so they are looked at as they are. */
function deltasOf(chunks: readonly Chunk[]): Record<string, unknown>[] {
  const deltas: unknown[] = chunks.map((chunk) => chunk.choices?.[0]?.delta)
  return deltas.filter(isRecord)
}

function reasonOf(chunks: readonly Chunk[]): string | undefined {
  return (
    chunks.findLast((chunk) => isFilled(chunk.choices?.[0]?.finish_reason))?.choices[0]?.finish_reason ??
    undefined
  )
}

function textOf(deltas: readonly Record<string, unknown>[], field: string): string {
  return deltas.map((delta) => (isFilled(delta[field]) ? delta[field] : '')).join('')
}

const opening = /^\s*<think>/
const closing = /<\/think>/
const closingAlone = /(?:^|\n)[^\S\n]*<\/think>[^\S\n]*(?:\n|$)/

/**
 * The text without the thinking that some servers leave at its beginning, between marks. Where the prompt has the
 * opening mark, only the closing one comes, in a line of its own: an answer may speak of them.
 */
function withoutThinking(text: string): string {
  const isOpened = opening.test(text)
  const end = (isOpened ? closing : closingAlone).exec(text)
  if (end) return text.slice(end.index + end[0].length).trimStart()
  return isOpened ? '' : text
}

function callsOf(deltas: readonly Record<string, unknown>[]): Growing[] {
  const calls: Growing[] = []
  for (const delta of deltas) {
    const pieces: unknown[] = Array.isArray(delta.tool_calls) ? delta.tool_calls : []
    for (const piece of pieces) if (isRecord(piece)) grow(calls, piece)
  }
  return calls
}

/** Adds a piece to its call, or begins one: some servers give every call the same index, some give no ids. */
function grow(calls: Growing[], piece: Record<string, unknown>): void {
  const said = isRecord(piece.function) ? piece.function : {}
  const id = isFilled(piece.id) ? piece.id : ''
  const name = isFilled(said.name) ? said.name : ''
  const index = typeof piece.index === 'number' ? piece.index : (calls.at(-1)?.index ?? 0)
  const json = isFilled(said.arguments)
    ? said.arguments
    : isRecord(said.arguments)
      ? JSON.stringify(said.arguments)
      : ''
  const last = calls.findLast((call) => call.index === index)
  if (!last || isAnother(last, { id, name })) {
    calls.push({ index, id, name, json })
    return
  }
  last.id ||= id
  last.name ||= name
  last.json += json
}

function isAnother(last: Growing, { id, name }: { id: string; name: string }): boolean {
  if (id !== '' && last.id !== '') return id !== last.id
  if (name === '' || last.name === '') return false
  return name !== last.name || isWholeJson(last.json)
}

function isWholeJson(json: string): boolean {
  return json.trim() !== '' && typeof parseArguments(json) !== 'string'
}

/**
 * The counts of the last chunk that has any. A server that counts nothing would make a priced model free, so an upper
 * bound stands in: the whole input as it was reserved, and a token for each byte that came, up to what was allowed.
 */
function usageOf(chunks: readonly Chunk[], bound: Listening['bound'], bytesThatCame: () => number): Usage {
  const usage = chunks.findLast((chunk) => isRecord(chunk.usage))?.usage
  const input = countOf(usage?.prompt_tokens) ?? bound.inputTokens
  const cacheReadTokens = Math.min(input, countOf(usage?.prompt_tokens_details?.cached_tokens) ?? 0)
  return {
    inputTokens: input - cacheReadTokens,
    cacheReadTokens,
    cacheWriteTokens: 0,
    outputTokens: countOf(usage?.completion_tokens) ?? Math.min(bytesThatCame(), bound.outputTokens),
  }
}

/** Reasoning is paid for too, under either of its names. */
function bytesOf(deltas: readonly Record<string, unknown>[], calls: readonly Growing[]): number {
  const texts = ['content', 'refusal', 'reasoning', 'reasoning_content'].map((field) => textOf(deltas, field))
  return Buffer.byteLength([...texts, ...calls.flatMap(({ json, name }) => [name, json])].join(''))
}

function countOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined
}
