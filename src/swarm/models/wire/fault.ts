import { type ErrorKind, LoomError } from '../../../core/errors.ts'

/** Who failed, as the person knows them. */
export interface Provider {
  provider: string
  /** `Anthropic` */
  label: string
  /** The same inside a sentence, where that is another. */
  named?: string
  /** `ANTHROPIC_API_KEY` */
  keySetting: string
  /** A better sentence than the general one, for a provider of which more is known. */
  sentence?(kind: ErrorKind, words: string): string | undefined
}

/** What a provider said. `words` are looked at here and kept nowhere: they may quote the prompt. */
export interface Fault {
  status: number | undefined
  /** The provider's own kind of error: `overloaded_error`, `context_length_exceeded`. */
  type: string | undefined
  words: string
  /** The reply's headers, for how long it wants us to wait. */
  headers?: Headers | undefined
}

type Verdict = [
  kind: ErrorKind,
  sentence: (who: { label: string; named: string; keySetting: string }) => string,
]

const rateLimited: Verdict = [
  'rate_limited',
  ({ label }) => `${label} is taking no more requests right now. Try again in a minute.`,
]
const unavailable: Verdict = [
  'unavailable',
  ({ label }) => `${label} does not answer right now. Try again in a few minutes.`,
]
const keyRefused: Verdict = [
  'forbidden',
  ({ keySetting, named }) => `The key for ${named} was refused. Check ${keySetting}.`,
]
const noCredit: Verdict = ['forbidden', ({ named }) => `The account at ${named} has no credit left.`]
const tooLarge: Verdict = [
  'too_large',
  ({ named }) => `This has grown too long for ${named}. Ask for less at once.`,
]
const declined: Verdict = ['refused', ({ label }) => `${label} declined this request for its own reasons.`]
const unknownModel: Verdict = [
  'not_found',
  ({ label }) => `${label} does not know the model that Loom asked for.`,
]
const invalid: Verdict = ['invalid_input', ({ label }) => `${label} could not use the request.`]

const byType: readonly (readonly [RegExp, Verdict])[] = [
  [/^(insufficient_quota|billing_error|billing_hard_limit_reached)$/, noCredit],
  [
    /^(context_length_exceeded|exceed_context_size_error|request_too_large|string_above_max_length)$/,
    tooLarge,
  ],
  [/content_(policy|filter)|policy_violation$|^(invalid_prompt|bio_policy|cyber_policy)$/, declined],
  [/^(rate_limit_error|rate_limit_exceeded)$/, rateLimited],
  [/^(authentication_error|permission_error|invalid_api_key)$/, keyRefused],
  [/^(not_found_error|model_not_found)$/, unknownModel],
  [/^(overloaded_error|api_error|timeout_error|server_error)$/, unavailable],
]

/** Providers say these with a plain 400, so only their words tell. */
const byWords: readonly (readonly [RegExp, Verdict])[] = [
  [/credit balance is too low/i, noCredit],
  [
    /(prompt|input|request) is too (long|large)|context (window|length|limit|size)|maximum context/i,
    tooLarge,
  ],
  [/\bmodel\b.{0,100}(not found|does not exist)|not a valid model/i, unknownModel],
  [/content filter|content management policy|usage policy/i, declined],
]

/**
 * A provider's failure as ours. Nothing of what was said to or by the provider is in it, not even as its cause: only
 * the status and the provider's name for the error.
 */
export function faultError(provider: Provider, fault: Fault): LoomError {
  const verdict = judge(fault)
  const known = /^[a-z0-9_.-]{1,64}$/i.test(fault.type ?? '') ? fault.type : undefined
  return new LoomError({
    ...said(provider, verdict, fault.words),
    detail: [provider.provider, fault.status, known].filter((word) => word !== undefined).join(' '),
    retryAfterMs: retryAfterMs(fault.headers),
  })
}

/** `retry-after-ms`, or `retry-after` in seconds or as a date (RFC 9110). Nothing for what is none of these. */
function retryAfterMs(headers: Headers | undefined): number | undefined {
  const inMs = numberOf(headers?.get('retry-after-ms'))
  if (inMs !== undefined) return inMs
  const word = headers?.get('retry-after')
  const inSeconds = numberOf(word)
  if (inSeconds !== undefined) return inSeconds * 1_000
  const untilMs = /^[A-Z][a-z]{2}, .* GMT$/.test(word ?? '')
    ? Date.parse(word ?? '') - Date.now()
    : Number.NaN
  return untilMs >= 0 ? untilMs : undefined
}

function numberOf(word: string | null | undefined): number | undefined {
  return /^\d{1,12}(\.\d+)?$/.test(word ?? '') ? Number(word) : undefined
}

/** No whole reply came: the connection failed, went silent, broke off, or carried something else. */
export function brokenError(provider: Provider, how: string): LoomError {
  return new LoomError({ ...said(provider, unavailable, ''), detail: `${provider.provider} ${how}` })
}

function said(
  provider: Provider,
  [kind, sentence]: Verdict,
  words: string,
): { kind: ErrorKind; message: string } {
  const { keySetting, label, named = label } = provider
  return { kind, message: provider.sentence?.(kind, words) ?? sentence({ label, named, keySetting }) }
}

function judge({ status, type, words }: Fault): Verdict {
  if (status !== undefined && status >= 500) return unavailable
  const typed = byType.find(([pattern]) => pattern.test(type ?? ''))
  if (typed) return typed[1]
  if (status === 400 || status === 422 || (status === undefined && type === 'invalid_request_error')) {
    return byWords.find(([pattern]) => pattern.test(words))?.[1] ?? invalid
  }
  switch (status) {
    case undefined:
    case 408:
    case 409:
    case 425:
      return unavailable
    case 401:
    case 403:
      return keyRefused
    case 402:
      return noCredit
    case 404:
      return unknownModel
    case 413:
      return tooLarge
    case 429:
      return rateLimited
    default:
      return status < 400 ? unavailable : invalid
  }
}
