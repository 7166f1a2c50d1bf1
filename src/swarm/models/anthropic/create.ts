import Anthropic, { APIConnectionError, APIError } from '@anthropic-ai/sdk'
import { LoomError } from '../../../core/errors.ts'
import type { ModelPort, ModelReply } from '../../../core/model.ts'
import type { Tier } from '../../../core/words.ts'
import { checkBaseUrl, checkKey } from '../wire/base-url.ts'
import { boundTokens } from '../wire/bound-tokens.ts'
import { brokenError, faultError, type Provider } from '../wire/fault.ts'
import { blankImage, loadImages } from '../wire/images.ts'
import { beatingFetch, type Patience, watch } from '../wire/watch.ts'
import { fromStream } from './from-stream.ts'
import { toRequest } from './to-request.ts'

const who: Provider = { provider: 'anthropic', label: 'Anthropic', keySetting: 'ANTHROPIC_API_KEY' }

const defaultModels: Record<Tier, string> = {
  deep: 'claude-opus-4-6',
  standard: 'claude-sonnet-4-6',
  quick: 'claude-haiku-4-5',
}

/** The provider refuses an image above 5 MiB of base64. */
const imageBytes = 3_900_000
/** The provider scales down to at most 4,784 tokens (high resolution; 1,600 before). */
const imageTokens = 5_000

/**
 * Claude through the Messages API. Throws `invalid_input`, naming the setting, for a key or an address that cannot be
 * used. `userId` is told to the provider as it is and must be opaque. A reply names the model that was asked for, so
 * that its price is found, not the dated one that answered. Silence on the wire counts pings as life.
 */
export function createAnthropic(
  options: {
    apiKey: string
    baseUrl?: string | undefined
    models?: Partial<Record<Tier, string>> | undefined
    userId?: string | undefined
  } & Partial<Patience>,
): ModelPort {
  const { baseUrl, callMs = 600_000, stallMs = 60_000, userId } = options
  const models = { ...defaultModels, ...options.models }
  const connect = clientFor({
    apiKey: checkKey('ANTHROPIC_API_KEY', options.apiKey, baseUrl),
    baseURL: checkBaseUrl('ANTHROPIC_BASE_URL', baseUrl ?? 'https://api.anthropic.com'),
    timeout: callMs,
  })
  const watchDeps = { stallMs, callMs, broken: (how: string) => brokenError(who, how) }

  return {
    provider: who.provider,
    modelFor: (tier) => models[tier],
    countTokens(request) {
      const body = toRequest({ request, model: models[request.tier], show: blankImage, userId })
      return boundTokens(request, body, imageTokens)
    },
    async call(request, signal) {
      const model = models[request.tier]
      signal.throwIfAborted()
      const show = await loadImages(request, { maxBytes: imageBytes, signal })
      const body = toRequest({ request, model, show, userId })
      return watch(watchDeps, signal, async ({ beat, signal: watched }) => {
        try {
          const events: Anthropic.RawMessageStreamEvent[] = []
          for await (const event of await connect(beat).messages.create(body, { signal: watched })) {
            events.push(event)
            if (event.type === 'message_stop') break
          }
          return wholeReply(fromStream(events, { provider: who.provider, model }))
        } catch (thrown) {
          throw asLoomError(thrown)
        }
      })
    },
  }
}

/**
 * A client for one call, since each call listens to its own bytes. Everything that the SDK would take from the
 * environment is set, its retries are off (`callModel` has the one loop), it logs nothing (it would log content), and
 * it follows no redirect with the key in hand.
 */
function clientFor(fixed: {
  apiKey: string
  baseURL: string
  timeout: number
}): (beat: () => void) => Anthropic {
  return (beat) =>
    new Anthropic({
      ...fixed,
      webhookKey: null,
      maxRetries: 0,
      logLevel: 'off',
      openTelemetry: false,
      fetch: beatingFetch(beat),
      fetchOptions: { redirect: 'error' },
    })
}

function wholeReply(reply: ModelReply | undefined): ModelReply {
  if (!reply) throw brokenError(who, 'broke off')
  return reply
}

function asLoomError(thrown: unknown): LoomError {
  if (thrown instanceof LoomError) return thrown
  if (thrown instanceof APIConnectionError || !(thrown instanceof APIError)) {
    return brokenError(who, thrown instanceof Error ? thrown.name : typeof thrown)
  }
  const { message: words, status, type } = thrown
  return faultError(who, { status, type: type ?? undefined, words })
}
