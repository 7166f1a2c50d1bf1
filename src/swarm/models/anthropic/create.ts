import type Anthropic from '@anthropic-ai/sdk'
import { APIError } from '@anthropic-ai/sdk'
import type { ModelPort, ModelReply, ModelRequest } from '../../../core/model.ts'
import { checkBaseUrl, checkKey } from '../wire/base-url.ts'
import { type BlobRules, loadBlobs } from '../wire/blobs.ts'
import { createBound } from '../wire/bound-tokens.ts'
import { brokenError } from '../wire/fault.ts'
import { anthropicLimits } from '../wire/rate-headers.ts'
import { type Patience, watch } from '../wire/watch.ts'
import { asLoomError, clientFor } from './client.ts'
import { fromStream } from './from-stream.ts'
import { toRequest } from './to-request.ts'
import { anthropic as who } from './who.ts'

/**
 * The provider refuses an image above 5 MiB of base64 and a request above 32 MB, and scales pictures down to at most
 * 4,784 tokens (high resolution; 1,600 before).
 */
const rules: BlobRules = {
  imageBytes: 3_900_000,
  documentBytes: 20_000_000,
  requestBytes: 22_000_000,
  tokensPerPicture: 5_000,
}

/**
 * Claude through the Messages API. Throws `invalid_input`, naming the setting, for a key or an address that cannot be
 * used. A reply names the model that was asked for, so that its price is found, not the dated one that answered.
 * Silence on the wire counts pings as life.
 */
export function createAnthropic(
  options: { apiKey: string; baseUrl?: string | undefined } & Partial<Patience>,
): ModelPort {
  const { baseUrl, callMs = 600_000, stallMs = 60_000 } = options
  const connect = clientFor({
    apiKey: checkKey(who.keySetting, options.apiKey, baseUrl),
    baseURL: checkBaseUrl('ANTHROPIC_BASE_URL', baseUrl ?? who.address),
    timeout: callMs,
  })
  const watchDeps = { stallMs, callMs, broken: (how: string) => brokenError(who, how) }

  return {
    provider: who.provider,
    label: who.label,
    countTokens: createBound({ provider: who.provider, rules, argumentsAs: 'json' }),
    async call(request, signal) {
      signal.throwIfAborted()
      const show = await loadBlobs(request, { rules, signal })
      const headers = (sent: Headers) => request.onLimits?.(anthropicLimits(sent))
      return watch(watchDeps, signal, async ({ beat, signal: watched }) => {
        const ask = (asked: ModelRequest) =>
          replyTo(connect({ beat, headers }), { body: toRequest({ request: asked, show }), signal: watched })
        try {
          return await ask(request)
        } catch (thrown) {
          if (!refusesThinking(thrown) || !hasReasoning(request)) throw asLoomError(thrown)
          return await ask(withoutReasoning(request)).catch((again: unknown) => {
            throw asLoomError(again)
          })
        }
      })
    },
  }
}

async function replyTo(
  client: Anthropic,
  input: { body: Anthropic.MessageCreateParamsStreaming; signal: AbortSignal },
): Promise<ModelReply> {
  const { body, signal } = input
  const events: Anthropic.RawMessageStreamEvent[] = []
  for await (const event of await client.messages.create(body, { signal })) {
    events.push(event)
    if (event.type === 'message_stop') break
  }
  const reply = fromStream(events, { provider: who.provider, model: body.model })
  if (!reply) throw brokenError(who, 'broke off')
  return reply
}

/**
 * Thinking is sealed for what stood before it. Newer models refuse it when that has changed, as it may have over a
 * release of ours; then the request is made once more without any, rather than never.
 */
function refusesThinking(thrown: unknown): boolean {
  return (
    thrown instanceof APIError &&
    thrown.status === 400 &&
    /thinking`? blocks?/i.test(thrown.message) &&
    /signature|bound to a different|cannot be modified|invalid `?data/i.test(thrown.message)
  )
}

function hasReasoning({ messages }: ModelRequest): boolean {
  return messages.some(({ parts }) =>
    parts.some((part) => part.type === 'reasoning' && part.provider === who.provider),
  )
}

function withoutReasoning(request: ModelRequest): ModelRequest {
  const messages = request.messages.map(({ parts, role }) => ({
    role,
    parts: parts.filter((part) => part.type !== 'reasoning'),
  }))
  return { ...request, messages }
}
