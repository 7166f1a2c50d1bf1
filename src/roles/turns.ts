import { setTimeout as sleep } from 'node:timers/promises'
import { toLoomError } from '../core/errors.ts'
import type { Log } from '../core/ports.ts'
import type { Role } from './role.ts'

/**
 * Does `turn` again and again, `everyMs` after the one before has ended, until it is closed: then `closing` is aborted and
 * the turn at hand waited for. One that throws is logged with `trouble`, and the next comes as it would have.
 */
export function takeTurns(input: {
  log: Log
  everyMs: number
  trouble: string
  closing: AbortController
  turn: () => Promise<unknown>
}): Role {
  const { closing, everyMs, log, trouble, turn } = input
  const { signal } = closing
  const loop = async (): Promise<void> => {
    while (!signal.aborted) {
      try {
        await turn()
      } catch (thrown) {
        if (signal.aborted) return
        const { detail, kind } = toLoomError(thrown)
        log.warn({ kind, detail }, trouble)
      }
      await sleep(everyMs, undefined, { signal }).catch(() => undefined)
    }
  }
  const done = loop()
  return {
    async close() {
      closing.abort()
      await done
    },
  }
}
