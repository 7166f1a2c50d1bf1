/** Every way in which Loom can fail, as the edges need to tell them apart. */
export const errorKinds = [
  'invalid_input', // the person or a caller sent something that cannot be used; saying it again will not help
  'not_found',
  'forbidden',
  'conflict', // somebody else was first; reading again shows what is true
  'too_large',
  'lease_lost', // this worker no longer holds the task; its work is dropped
  'cap_reached',
  'unavailable', // a service we need does not answer
  'rate_limited',
  'refused', // a provider declined for its own reasons
  'corrupt', // stored data does not open or does not parse
  'cancelled',
  'internal',
] as const

export type ErrorKind = (typeof errorKinds)[number]

/**
 * The one error of the house.
 *
 * `message` is a sentence for the person in the thread or at the terminal: no identifiers, no stack, no secret.
 * `detail` is for the log: it may name ids and libraries, never content or secrets.
 */
export class LoomError extends Error {
  readonly kind: ErrorKind
  readonly detail: string | undefined
  readonly retryable: boolean
  /** How long whoever refused wants us to wait, in milliseconds, where it said so. */
  readonly retryAfterMs: number | undefined

  constructor(input: {
    kind: ErrorKind
    message: string
    detail?: string | undefined
    retryable?: boolean
    retryAfterMs?: number | undefined
    cause?: unknown
  }) {
    super(input.message, input.cause === undefined ? undefined : { cause: input.cause })
    this.name = 'LoomError'
    this.kind = input.kind
    this.detail = input.detail
    this.retryAfterMs = input.retryAfterMs
    this.retryable =
      input.retryable ??
      (input.kind === 'unavailable' || input.kind === 'rate_limited' || input.kind === 'conflict')
  }
}

/** Any thrown value as a `LoomError`; a stranger becomes `internal` with a sentence that promises nothing. */
export function toLoomError(thrown: unknown): LoomError {
  if (thrown instanceof LoomError) return thrown
  const name = thrown instanceof Error ? thrown.name : typeof thrown
  return new LoomError({
    kind: 'internal',
    message: 'Something went wrong inside Loom. What was finished is kept.',
    detail: name,
    cause: thrown,
  })
}
