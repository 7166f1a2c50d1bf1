import type { ChatPorts } from '../core/chat.ts'
import type { Processor } from '../core/ports.ts'
import { driveErasures } from '../retention/delete/drive.ts'
import { followLedger } from '../storage/ledger/follow.ts'
import type { Parts } from './parts.ts'
import type { Role } from './role.ts'
import { takeTurns } from './turns.ts'

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
  let followed = performance.now()
  const turn = async (): Promise<void> => {
    const now = performance.now()
    if (now - followed >= followMs) {
      await followLedger(deps.store)
      followed = now
    }
    await driveErasures(deps)
  }
  return takeTurns({ log: parts.log, everyMs, closing, trouble: 'erasures were not looked at', turn })
}
