import { setTimeout as sleep } from 'node:timers/promises'
import { toLoomError } from '../core/errors.ts'
import type { Log } from '../core/ports.ts'

const firstMs = 1_000
const longestMs = 30_000
/** What could not be taken for so long is given up. */
const patienceMs = 10 * 60_000
const mostWaiting = 5_000

export interface InTurn {
  /** Does work behind all other work of its line; again and again while it fails in a way that passes. Never throws. */
  run(line: string, work: () => Promise<void>): void
  /** Begins nothing again and waits for what is under way. */
  close(): Promise<void>
}

/**
 * Takes what a platform says only once: in order within each line, and again while the database or the platform does not
 * answer. What waits is lost with the process, and told of in the log.
 */
export function createInTurn(deps: { log: Log }): InTurn {
  const lines = new Map<string, Promise<void>>()
  const closing = new AbortController()
  let waiting = 0

  const attempt = async (work: () => Promise<void>): Promise<void> => {
    const startedMs = performance.now()
    for (let waitMs = firstMs; ; waitMs = Math.min(longestMs, waitMs * 2)) {
      try {
        return await work()
      } catch (thrown) {
        const { detail, kind, retryable } = toLoomError(thrown)
        const isOver = closing.signal.aborted || performance.now() - startedMs > patienceMs
        if (!retryable || isOver) {
          return deps.log.error({ kind, detail }, 'what a platform brought could not be taken')
        }
        deps.log.warn({ kind, detail }, 'what a platform brought is tried again')
        await sleep(waitMs, undefined, { signal: closing.signal }).catch(() => undefined)
      }
    }
  }

  return {
    run(line, work) {
      if (waiting >= mostWaiting) {
        deps.log.error({ waiting }, 'more came from a platform than could be taken')
        return
      }
      waiting += 1
      const before = lines.get(line) ?? Promise.resolve()
      const done = before
        .then(() => attempt(work))
        .finally(() => {
          waiting -= 1
          if (lines.get(line) === done) lines.delete(line)
        })
      lines.set(line, done)
    },
    async close() {
      closing.abort()
      await Promise.all(lines.values())
    },
  }
}
