import OpenAI, { APIConnectionError, APIError } from 'openai'
import { LoomError } from '../../../core/errors.ts'
import type { ModelPort, ModelReply } from '../../../core/model.ts'
import type { Tier } from '../../../core/words.ts'
import { checkBaseUrl, checkKey } from '../wire/base-url.ts'
import { boundTokens } from '../wire/bound-tokens.ts'
import { brokenError, faultError, type Provider } from '../wire/fault.ts'
import { blankImage, loadImages } from '../wire/images.ts'
import { beatingFetch, type Patience, watch } from '../wire/watch.ts'
import { type Event, fromStream, isEnd, type Outcome } from './from-stream.ts'
import { toRequest } from './to-request.ts'

const defaultModels: Record<Tier, string> = { deep: 'gpt-5.5', standard: 'gpt-5.4', quick: 'gpt-5-mini' }

/** The provider takes 50 MB of images in a request; one image above this is not worth a step. */
const imageBytes = 15_000_000
/** At `high`: 2,500 patches, times the dearest published factor of 2.46. */
const imageTokens = 6_500

/**
 * GPT through the Responses API, or a server that speaks it. `provider` is the name under which prices are looked up
 * and reasoning is kept: another server's reasoning is not OpenAI's. Throws `invalid_input`, naming the setting, for a
 * key or an address that cannot be used. A reply names the model that was asked for, so that its price is found. A
 * reasoning model may be silent for as long as it thinks, and there are no pings, hence the longer patience.
 */
export function createOpenAi(
  options: {
    apiKey: string
    baseUrl?: string | undefined
    models?: Partial<Record<Tier, string>> | undefined
    provider?: string | undefined
  } & Partial<Patience>,
): ModelPort {
  const { baseUrl, callMs = 600_000, provider = 'openai', stallMs = 180_000 } = options
  const label = provider === 'openai' ? 'OpenAI' : provider
  const who: Provider = { provider, label, keySetting: 'OPENAI_API_KEY' }
  const models = { ...defaultModels, ...options.models }
  const connect = clientFor({
    apiKey: checkKey('OPENAI_API_KEY', options.apiKey, baseUrl),
    baseURL: checkBaseUrl('OPENAI_BASE_URL', baseUrl ?? 'https://api.openai.com/v1'),
    timeout: callMs,
  })
  const watchDeps = { stallMs, callMs, broken: (how: string) => brokenError(who, how) }

  return {
    provider,
    modelFor: (tier) => models[tier],
    countTokens(request) {
      const body = toRequest({ request, model: models[request.tier], provider, show: blankImage })
      return boundTokens(request, body, imageTokens)
    },
    async call(request, signal) {
      const model = models[request.tier]
      signal.throwIfAborted()
      const show = await loadImages(request, { maxBytes: imageBytes, signal })
      const body = toRequest({ request, model, provider, show })
      return watch(watchDeps, signal, async ({ beat, signal: watched }) => {
        try {
          const events: Event[] = []
          for await (const event of await connect(beat).responses.create(body, { signal: watched })) {
            events.push(event)
            if (isEnd(event)) break
          }
          return wholeReply(who, fromStream(events, { provider, model }))
        } catch (thrown) {
          throw asLoomError(who, thrown)
        }
      })
    },
  }
}

/**
 * A client for one call, since each call listens to its own bytes. Everything that the SDK would take from the
 * environment is set, its retries are off (`callModel` has the one loop), it logs nothing, and it follows no redirect
 * with the key in hand.
 */
function clientFor(fixed: {
  apiKey: string
  baseURL: string
  timeout: number
}): (beat: () => void) => OpenAI {
  return (beat) =>
    new OpenAI({
      ...fixed,
      adminAPIKey: null,
      organization: null,
      project: null,
      webhookSecret: null,
      maxRetries: 0,
      logLevel: 'off',
      fetch: beatingFetch(beat),
      fetchOptions: { redirect: 'error' },
    })
}

function wholeReply(who: Provider, result: Outcome): ModelReply {
  switch (result.outcome) {
    case 'reply':
      return result.reply
    case 'failed':
      throw faultError(who, { status: undefined, type: result.code, words: result.words })
    case 'cut':
      throw brokenError(who, 'broke off')
  }
}

function asLoomError(who: Provider, thrown: unknown): LoomError {
  if (thrown instanceof LoomError) return thrown
  if (thrown instanceof APIConnectionError || !(thrown instanceof APIError)) {
    return brokenError(who, thrown instanceof Error ? thrown.constructor.name : typeof thrown)
  }
  const { code, message: words, status, type } = thrown
  return faultError(who, { status, type: code ?? type, words })
}
