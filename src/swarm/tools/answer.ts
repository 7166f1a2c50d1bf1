import { LoomError } from '../../core/errors.ts'
import type { ResultPart } from '../../core/model.ts'
import type { RestReason } from '../../core/people.ts'

/** What a tool hands to the model. */
export interface Answer {
  content: readonly ResultPart[]
  isError: boolean
  /** See `ToolResult`. */
  isPage?: boolean
  /** There is none yet: the task rests until people have spoken. */
  waitsFor?: RestReason
}

export function say(text: string): Answer {
  return { content: [{ type: 'text', text }], isError: false }
}

/** A page of a file, with how to go on in it. */
export function sayPage(text: string): Answer {
  return { ...say(text), isPage: true }
}

export function fail(text: string): Answer {
  return { content: [{ type: 'text', text }], isError: true }
}

/**
 * A failure as a result that the model reads, without internals. Rethrows what a model can do nothing about: an abort,
 * a lost lease, a store or service that does not answer.
 */
export function failed(thrown: unknown, signal: AbortSignal): Answer {
  if (signal.aborted) throw thrown
  if (!(thrown instanceof LoomError)) return fail('The tool failed inside Loom. Trying another way may help.')
  if (thrown.retryable || thrown.kind === 'lease_lost' || thrown.kind === 'cancelled') throw thrown
  return fail(thrown.message)
}
