import OpenAI, { APIConnectionError, APIError } from 'openai'
import { LoomError } from '../../../core/errors.ts'
import { brokenError, faultError, type Provider } from '../wire/fault.ts'
import { type Listener, tellingFetch } from '../wire/watch.ts'

/**
 * A client for one call, since each call listens to its own bytes. Everything that the SDK would take from the
 * environment is set, its retries are off (`callModel` has the one loop), it logs nothing, and it follows no redirect
 * with the key in hand.
 */
export function clientFor(fixed: {
  apiKey: string
  baseURL: string
  timeout: number
}): (listener: Listener) => OpenAI {
  return (listener) =>
    new OpenAI({
      ...fixed,
      adminAPIKey: null,
      organization: null,
      project: null,
      webhookSecret: null,
      maxRetries: 0,
      logLevel: 'off',
      fetch: tellingFetch(listener),
      fetchOptions: { redirect: 'error' },
    })
}

/** What the SDK throws, as ours. Some servers put the status into the code of an error in mid-stream. */
export function asLoomError(who: Provider, thrown: unknown): LoomError {
  if (thrown instanceof LoomError) return thrown
  if (thrown instanceof APIConnectionError || !(thrown instanceof APIError)) {
    return brokenError(who, thrown instanceof Error ? thrown.constructor.name : typeof thrown)
  }
  const { headers, message: words, type } = thrown
  const code: unknown = thrown.code
  const status = thrown.status ?? (typeof code === 'number' && code >= 400 && code < 600 ? code : undefined)
  return faultError(who, { status, type: typeof code === 'string' ? code : type, words, headers })
}
