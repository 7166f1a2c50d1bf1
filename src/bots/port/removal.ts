import type { Removal } from '../../core/chat.ts'
import type { LoomError } from '../../core/errors.ts'

/** What a platform said to the removal of one message or file. Throws what passes, so that it is tried again. */
export function removalOf(outcome: { ok: true } | { ok: false; fault: { error: LoomError } }): Removal {
  if (outcome.ok) return 'removed'
  const { error } = outcome.fault
  if (error.retryable) throw error
  return error.kind === 'not_found' ? 'gone' : 'kept'
}

/** What became of a post, by what became of its parts. */
export function wholeOf(parts: readonly Removal[]): Removal {
  if (parts.includes('kept')) return 'kept'
  return parts.includes('removed') ? 'removed' : 'gone'
}
