/** What a transcript is made of, in no provider's format. Images and
 * documents travel by hash; the bytes lie in the object store. */
export type Part =
  | { type: 'text'; text: string }
  | ImagePart
  | DocumentPart
  | { type: 'tool_call'; id: string; name: string; input: unknown }
  | { type: 'tool_result'; callId: string; name: string; content: readonly ResultPart[]; isError: boolean }
  /** A provider's reasoning, given back to the same provider as it came and to no other. */
  | { type: 'reasoning'; provider: string; data: unknown }

export type ResultPart = { type: 'text'; text: string } | ImagePart | DocumentPart

export interface ImagePart {
  type: 'image'
  mediaType: string
  sha256: string
}

/** A PDF for a model that looks at its pages. `pages` and `textBytes` (of the text in it) bound what it costs. */
export interface DocumentPart {
  type: 'document'
  mediaType: 'application/pdf'
  sha256: string
  name: string
  pages: number
  textBytes: number
}

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
export const modelPurposes = ['plan', 'work', 'synthesize', 'review', 'replan', 'compact'] as const
export type ModelPurpose = (typeof modelPurposes)[number]

/** How hard a model shall think, where it can be told. */
export type Effort = 'low' | 'medium' | 'high'

/**
 * What providers limit, each over time. `input_tokens` are those that were not read from a cache; `tokens` are all of
 * input and output together, where a provider counts them so.
 */
export const limitKinds = ['requests', 'input_tokens', 'output_tokens', 'tokens'] as const
export type LimitKind = (typeof limitKinds)[number]

/** What a provider said of one of its limits, beside a reply or a refusal. */
export interface LimitSaid {
  kind: LimitKind
  limit: number
  /** How fast it fills again. */
  perSecond: number
  /** What is left of it, where the provider said so. */
  left: number | undefined
}

export interface ModelRequest {
  purpose: ModelPurpose
  /** The model's name at its provider. */
  model: string
  effort: Effort
  /** Tells the provider's abuse checks one account of ours from another; opaque to it. */
  userId: string
  system: string
  tools: readonly ToolSpec[]
  /** `false`: the tools stay declared, so that the request begins as the ones before it, but none may be called. */
  mayCallTools: boolean
  messages: readonly Message[]
  /** Tokens; already shrunk to what the budget leaves. */
  maxOutputTokens: number
  /** The bytes behind an image or a document. Throws `LoomError` when the store does not answer. */
  readBlob(sha256: string, signal: AbortSignal): Promise<Uint8Array>
  /** Told of the provider's limits as soon as it answers, be it with a refusal. Must not throw. */
  onLimits?(said: readonly LimitSaid[]): void
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
 * A provider behind one account. `call` throws `LoomError`: `rate_limited` and `unavailable` are retryable (with
 * `retryAfterMs` where the provider said so), `forbidden` is a refused key or no credit, `not_found` a model that this
 * account cannot have, `too_large`, `refused` and `invalid_input` are final. It stops at once when `signal` aborts, and
 * keeps nothing between calls.
 */
export interface ModelPort {
  readonly provider: string
  /** How people know it: `Anthropic`. */
  readonly label: string
  /** An upper bound of the input in tokens, for the reservation. Must not be lower than what will be billed. */
  countTokens(request: ModelRequest): number
  call(request: ModelRequest, signal: AbortSignal): Promise<ModelReply>
}
