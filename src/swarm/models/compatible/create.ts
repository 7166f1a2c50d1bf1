import type OpenAI from 'openai'
import type { ModelPort, ModelReply, ModelRequest } from '../../../core/model.ts'
import { asLoomError, clientFor } from '../openai/client.ts'
import { checkBaseUrl, checkKey } from '../wire/base-url.ts'
import { type BlobRules, loadBlobs } from '../wire/blobs.ts'
import { createBound } from '../wire/bound-tokens.ts'
import { createIds } from '../wire/clean.ts'
import { brokenError } from '../wire/fault.ts'
import { openAiLimits } from '../wire/rate-headers.ts'
import { type Patience, watch } from '../wire/watch.ts'
import { type Chunk, fromStream, isWhole } from './from-stream.ts'
import { toRequest } from './to-request.ts'
import { compatible as who } from './who.ts'

/** What such models make of a picture differs widely: Qwen’s, the hungriest known, up to 16,384 tokens. */
const seeing: BlobRules = {
  imageBytes: 15_000_000,
  documentBytes: 0,
  requestBytes: 36_000_000,
  tokensPerPicture: 16_500,
}
const blind: BlobRules = { ...seeing, imageBytes: 0 }

/**
 * Any server that speaks OpenAI's Chat Completions, by what all of them know of it: Ollama, vLLM, LM Studio, llama.cpp,
 * OpenRouter. Throws `invalid_input`, naming the setting, for an address that cannot be used; a key is optional. A
 * model that is loaded for its first call may be silent for minutes, hence the longer patience.
 */
export function createCompatible(
  settings: { baseUrl: string; apiKey: string | undefined; images: boolean } & Partial<Patience>,
): ModelPort {
  const { baseUrl, callMs = 600_000, images, stallMs = 300_000 } = settings
  const rules = images ? seeing : blind
  const connect = clientFor({
    apiKey: checkKey(who.keySetting, settings.apiKey ?? '', baseUrl),
    baseURL: checkBaseUrl('COMPATIBLE_BASE_URL', baseUrl),
    timeout: callMs,
  })
  const watchDeps = { stallMs, callMs, broken: (how: string) => brokenError(who, how) }
  const countTokens = createBound({ provider: who.provider, rules, argumentsAs: 'text' })

  return {
    provider: who.provider,
    label: who.label,
    countTokens,
    async call(request, signal) {
      signal.throwIfAborted()
      const show = await loadBlobs(request, { rules, signal })
      const body = toRequest({ request, show })
      const headers = (sent: Headers) => request.onLimits?.(openAiLimits(sent))
      return watch(watchDeps, signal, async ({ beat, signal: watched }) => {
        try {
          return await replyTo(connect({ beat, headers }), { request, body, signal: watched, countTokens })
        } catch (thrown) {
          throw asLoomError(who, thrown)
        }
      })
    },
  }
}

async function replyTo(
  client: OpenAI,
  input: {
    request: ModelRequest
    body: OpenAI.Chat.ChatCompletionCreateParamsStreaming
    signal: AbortSignal
    countTokens: ModelPort['countTokens']
  },
): Promise<ModelReply> {
  const { body, countTokens, request, signal } = input
  const chunks: Chunk[] = []
  for await (const chunk of await client.chat.completions.create(body, { signal })) {
    chunks.push(chunk)
    if (isWhole(chunks)) break
  }
  const reply = fromStream(chunks, {
    provider: who.provider,
    model: request.model,
    newId: idsAfter(request),
    // What it may have cost at most, where the server does not say: at a price, nothing must pass for free.
    bound: { inputTokens: countTokens(request), outputTokens: request.maxOutputTokens },
  })
  if (!reply) throw brokenError(who, 'broke off')
  return reply
}

/** Ids for calls that none of the transcript has: some servers give none, or the same in every reply. */
function idsAfter(request: ModelRequest): (id: string) => string {
  const newId = createIds()
  for (const part of request.messages.flatMap(({ parts }) => parts)) {
    if (part.type === 'tool_call') newId(part.id)
  }
  return newId
}
