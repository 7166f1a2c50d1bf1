import { setTimeout as wait } from 'node:timers/promises'
import { toLoomError } from '../core/errors.ts'
import type { Log } from '../core/ports.ts'

const firstMs = 2_000
const longestMs = 60_000

/**
 * Does what a platform must be there for: at once, or again and again in the background while it does not answer, until
 * it is done or the signal aborts. Throws only what trying again would not mend.
 */
export async function persist(
  deps: { log: Log; signal: AbortSignal; platform: string },
  work: () => Promise<void>,
): Promise<void> {
  const attempt = async (): Promise<boolean> => {
    try {
      await work()
      return true
    } catch (thrown) {
      const { detail, kind, retryable } = toLoomError(thrown)
      if (!retryable) throw thrown
      deps.log.warn({ kind, detail }, `${deps.platform} does not answer; trying again`)
      return false
    }
  }
  if (await attempt()) return
  const goOn = async () => {
    for (let waitMs = firstMs; !deps.signal.aborted; waitMs = Math.min(longestMs, waitMs * 2)) {
      await wait(waitMs, undefined, { signal: deps.signal })
      if (await attempt()) return
    }
  }
  goOn().catch((thrown) => {
    if (deps.signal.aborted) return
    const { detail, kind } = toLoomError(thrown)
    deps.log.error({ kind, detail }, `${deps.platform} refuses Loom`)
  })
}
