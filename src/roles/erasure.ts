import { setTimeout as sleep } from 'node:timers/promises'
import type { ChatPorts } from '../core/chat.ts'
import { toLoomError } from '../core/errors.ts'
import type { Processor } from '../core/ports.ts'
import { driveErasures } from '../retention/delete/drive.ts'
import { followLedger } from '../storage/ledger/follow.ts'
import type { Parts } from './parts.ts'
import type { Role } from './role.ts'

const everyMs = 2_000
/** How often a database that was put back under a running process is noticed. */
const followMs = 60_000

/**
 * Goes on with what is to be erased, beside the scheduler: a large account holds up nothing else. Looks now and then
 * whether the ledger of deletions knows more than the database.
 */
export function startErasure(
  parts: Pick<Parts, 'openStore' | 'log'>,
  input: { processors: readonly Processor[]; ports: readonly ChatPorts[] },
): Role {
  const closing = new AbortController()
  const { signal } = closing
  const deps = { store: parts.openStore('loom_app'), purge: parts.openStore('loom_purge'), ...input, signal }
  const turn = async (followed: number): Promise<number> => {
    try {
      const now = performance.now()
      const due = now - followed >= followMs
      if (due) await followLedger(deps.store)
      await driveErasures(deps)
      return due ? now : followed
    } catch (thrown) {
      const { detail, kind } = toLoomError(thrown)
      parts.log.warn({ kind, detail }, 'erasures were not looked at')
      return followed
    }
  }
  const loop = async (): Promise<void> => {
    let followed = performance.now()
    while (!closing.signal.aborted) {
      followed = await turn(followed)
      await sleep(everyMs, undefined, { signal: closing.signal }).catch(() => undefined)
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
