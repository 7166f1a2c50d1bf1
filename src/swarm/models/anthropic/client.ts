import Anthropic, { APIConnectionError, APIError } from '@anthropic-ai/sdk'
import { LoomError } from '../../../core/errors.ts'
import { brokenError, faultError } from '../wire/fault.ts'
import { type Listener, tellingFetch } from '../wire/watch.ts'
import { anthropic } from './who.ts'

/**
 * A client for one call, since each call listens to its own bytes. Everything that the SDK would take from the
 * environment is set, its retries are off (`callModel` has the one loop), it logs nothing (it would log content), and
 * it follows no redirect with the key in hand.
 */
export function clientFor(fixed: {
  apiKey: string
  baseURL: string
  timeout: number
}): (listener: Listener) => Anthropic {
  return (listener) =>
    new Anthropic({
      ...fixed,
      webhookKey: null,
      maxRetries: 0,
      logLevel: 'off',
      openTelemetry: false,
      fetch: tellingFetch(listener),
      fetchOptions: { redirect: 'error' },
    })
}

/** What the SDK throws, as ours. */
export function asLoomError(thrown: unknown): LoomError {
  if (thrown instanceof LoomError) return thrown
  if (thrown instanceof APIConnectionError || !(thrown instanceof APIError)) {
    return brokenError(anthropic, thrown instanceof Error ? thrown.name : typeof thrown)
  }
  const { headers, message: words, status, type } = thrown
  return faultError(anthropic, { status, type: type ?? undefined, words, headers })
}
