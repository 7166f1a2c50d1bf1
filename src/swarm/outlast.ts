import { type LoomError, toLoomError } from '../core/errors.ts'
import type { Clock } from '../core/ports.ts'
import { tryingAgain } from '../core/words.ts'

const firstPauseMs = 250
const longestPauseMs = 10_000

/**
 * Does `work`, and does it again as long as it fails with what may pass (`retryable`), for `patienceMs` in all; then
 * the failure is thrown as it is. `work` must be harmless to repeat.
 */
export async function outlast<T>(
  deps: {
    now: Clock
    pause: (ms: number, signal: AbortSignal) => Promise<void>
    onWait: (words: string) => void
    patienceMs: number
  },
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  const deadlineMs = deps.now() + deps.patienceMs
  for (let attempt = 0; ; attempt += 1) {
    signal.throwIfAborted()
    try {
      return await work()
    } catch (thrown) {
      signal.throwIfAborted()
      const error = toLoomError(thrown)
      const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** attempt)
      if (!error.retryable || deps.now() + pauseMs > deadlineMs) throw thrown
      deps.onWait(waitWords(error))
      await deps.pause(pauseMs, signal)
    }
  }
}

/** What happened, without what to do about it: while it is tried again there is nothing to do. */
export function waitWords(error: LoomError): string {
  const [first = error.message] = error.message.split(/(?<=\.)\s/)
  return `${first} ${tryingAgain}`
}
