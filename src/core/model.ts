import type { Tier } from './words.ts'

/** What a transcript is made of, in no provider's format. Images travel by hash; the bytes lie in the object store. */
export type Part =
  | { type: 'text'; text: string }
  | { type: 'image'; mediaType: string; sha256: string }
  | { type: 'tool_call'; id: string; name: string; input: unknown }
  | { type: 'tool_result'; callId: string; name: string; content: readonly ResultPart[]; isError: boolean }
  /** A provider's reasoning, given back to the same provider as it came and to no other. */
  | { type: 'reasoning'; provider: string; data: unknown }

export type ResultPart = { type: 'text'; text: string } | { type: 'image'; mediaType: string; sha256: string }

export interface Message {
  role: 'user' | 'assistant'
  parts: readonly Part[]
}

export interface ToolSpec {
  name: string
  description: string
  /** JSON Schema of the input, an object. */
  inputSchema: Record<string, unknown>
}

/** Why a call is made: decides the tier's default and stands in the usage row. */
export const modelPurposes = ['plan', 'work', 'synthesize'] as const
export type ModelPurpose = (typeof modelPurposes)[number]

export interface ModelRequest {
  purpose: ModelPurpose
  tier: Tier
  system: string
  tools: readonly ToolSpec[]
  messages: readonly Message[]
  /** Tokens; already shrunk to what the budget leaves. */
  maxOutputTokens: number
  /** The bytes behind an image part. Throws `LoomError` when the store does not answer. */
  readBlob(sha256: string, signal: AbortSignal): Promise<Uint8Array>
}

/** Tokens as the provider counted them; input is what was neither read from nor written to the cache. */
export interface Usage {
  inputTokens: number
  cacheReadTokens: number
  cacheWriteTokens: number
  outputTokens: number
}

export interface ModelReply {
  provider: string
  model: string
  parts: readonly Part[]
  stop: 'end' | 'tool_calls' | 'length' | 'refusal'
  usage: Usage
}

/**
 * A provider's model. `call` throws `LoomError`: `rate_limited` and `unavailable` are retryable, `too_large`,
 * `refused` and `invalid_input` are final. It stops at once when `signal` aborts, and keeps nothing between calls.
 */
export interface ModelPort {
  readonly provider: string
  /** The model that answers for a tier. */
  modelFor(tier: Tier): string
  /** An upper bound of the input in tokens, for the reservation. Must not be lower than what will be billed. */
  countTokens(request: ModelRequest): number
  call(request: ModelRequest, signal: AbortSignal): Promise<ModelReply>
}
