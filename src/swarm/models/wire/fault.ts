import { type ErrorKind, LoomError } from '../../../core/errors.ts'

/** Who failed, as the person knows them. */
export interface Provider {
  provider: string
  /** `Anthropic` */
  label: string
  /** `ANTHROPIC_API_KEY` */
  keySetting: string
}

/** What a provider said. `words` are looked at here and kept nowhere: they may quote the prompt. */
export interface Fault {
  status: number | undefined
  /** The provider's own kind of error: `overloaded_error`, `context_length_exceeded`. */
  type: string | undefined
  words: string
}

type Verdict = [kind: ErrorKind, sentence: (label: string, keySetting: string) => string]

const rateLimited: Verdict = [
  'rate_limited',
  (label) => `${label} is taking no more requests right now. Try again in a minute.`,
]
const unavailable: Verdict = [
  'unavailable',
  (label) => `${label} does not answer right now. Try again in a few minutes.`,
]
const keyRefused: Verdict = ['forbidden', (label, key) => `The key for ${label} was refused. Check ${key}.`]
const noCredit: Verdict = ['forbidden', (label) => `The account at ${label} has no credit left.`]
const tooLarge: Verdict = [
  'too_large',
  (label) => `This has grown too long for ${label}. Ask for less at once.`,
]
const declined: Verdict = ['refused', (label) => `${label} declined this request for its own reasons.`]
const unknownModel: Verdict = [
  'invalid_input',
  (label) => `${label} does not know the model that Loom asked for.`,
]
const invalid: Verdict = ['invalid_input', (label) => `${label} could not use the request.`]

const byType: readonly (readonly [RegExp, Verdict])[] = [
  [/^(insufficient_quota|billing_error|billing_hard_limit_reached)$/, noCredit],
  [/^(context_length_exceeded|request_too_large|string_above_max_length)$/, tooLarge],
  [/content_(policy|filter)|policy_violation$|^(invalid_prompt|bio_policy|cyber_policy)$/, declined],
  [/^(rate_limit_error|rate_limit_exceeded)$/, rateLimited],
  [/^(authentication_error|permission_error|invalid_api_key)$/, keyRefused],
  [/^(not_found_error|model_not_found)$/, unknownModel],
  [/^(overloaded_error|api_error|timeout_error|server_error)$/, unavailable],
]

/** Providers say these with a plain 400, so only their words tell. */
const byWords: readonly (readonly [RegExp, Verdict])[] = [
  [/credit balance is too low/i, noCredit],
  [/(prompt|input|request) is too (long|large)|context (window|length|limit)|maximum context/i, tooLarge],
  [/content filter|content management policy|usage policy/i, declined],
]

/**
 * A provider's failure as ours. Nothing of what was said to or by the provider is in it, not even as its cause: only
 * the status and the provider's name for the error.
 */
export function faultError(provider: Provider, fault: Fault): LoomError {
  const [kind, sentence] = judge(fault)
  const known = /^[a-z0-9_.-]{1,64}$/i.test(fault.type ?? '') ? fault.type : undefined
  return new LoomError({
    kind,
    message: sentence(provider.label, provider.keySetting),
    detail: [provider.provider, fault.status, known].filter((word) => word !== undefined).join(' '),
  })
}

/** No whole reply came: the connection failed, went silent, broke off, or carried something else. */
export function brokenError(provider: Provider, how: string): LoomError {
  const [kind, sentence] = unavailable
  const detail = `${provider.provider} ${how}`
  return new LoomError({ kind, message: sentence(provider.label, provider.keySetting), detail })
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
