import type { ModelPort, ModelReply } from '../../../core/model.ts'
import { checkBaseUrl, checkKey } from '../wire/base-url.ts'
import { type BlobRules, loadBlobs } from '../wire/blobs.ts'
import { createBound } from '../wire/bound-tokens.ts'
import { brokenError, faultError } from '../wire/fault.ts'
import { openAiLimits } from '../wire/rate-headers.ts'
import { type Patience, watch } from '../wire/watch.ts'
import { asLoomError, clientFor } from './client.ts'
import { type Event, fromStream, isEnd, type Outcome } from './from-stream.ts'
import { toRequest } from './to-request.ts'
import { openAi as who } from './who.ts'

/**
 * The provider takes 50 MB of files in a request; one image above this is not worth a step. A picture at `high` has at
 * most 2,500 patches, times the dearest published factor of 2.46.
 */
const rules: BlobRules = {
  imageBytes: 15_000_000,
  documentBytes: 20_000_000,
  requestBytes: 36_000_000,
  tokensPerPicture: 6_500,
}

/**
 * GPT through the Responses API. Throws `invalid_input`, naming the setting, for a key or an address that cannot be
 * used. A reply names the model that was asked for, so that its price is found. A reasoning model may be silent for as
 * long as it thinks, and there are no pings, hence the longer patience.
 */
export function createOpenAi(
  options: {
    apiKey: string
    baseUrl?: string | undefined
  } & Partial<Patience>,
): ModelPort {
  const { baseUrl, callMs = 600_000, stallMs = 180_000 } = options
  const connect = clientFor({
    apiKey: checkKey(who.keySetting, options.apiKey, baseUrl),
    baseURL: checkBaseUrl('OPENAI_BASE_URL', baseUrl ?? who.address),
    timeout: callMs,
  })
  const watchDeps = { stallMs, callMs, broken: (how: string) => brokenError(who, how) }

  return {
    provider: who.provider,
    label: who.label,
    countTokens: createBound({ provider: who.provider, rules, argumentsAs: 'text' }),
    async call(request, signal) {
      const { model } = request
      signal.throwIfAborted()
      const show = await loadBlobs(request, { rules, signal })
      const body = toRequest({ request, show })
      const headers = (sent: Headers) => request.onLimits?.(openAiLimits(sent))
      return watch(watchDeps, signal, async ({ beat, signal: watched }) => {
        try {
          const events: Event[] = []
          for await (const event of await connect({ beat, headers }).responses.create(body, {
            signal: watched,
          })) {
            events.push(event)
            if (isEnd(event)) break
          }
          return wholeReply(fromStream(events, { provider: who.provider, model }))
        } catch (thrown) {
          throw asLoomError(who, thrown)
        }
      })
    },
  }
}

function wholeReply(result: Outcome): ModelReply {
  switch (result.outcome) {
    case 'reply':
      return result.reply
    case 'failed':
      throw faultError(who, { status: undefined, type: result.code, words: result.words })
    case 'cut':
      throw brokenError(who, 'broke off')
  }
}
