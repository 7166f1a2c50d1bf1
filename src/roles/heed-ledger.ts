import { LoomError } from '../core/errors.ts'
import type { Log } from '../core/ports.ts'
import type { Store } from '../storage/database.ts'
import { followLedger, isBehindLedger } from '../storage/ledger/follow.ts'

/**
 * Before anything is served: a database that was restored from before a deletion is brought to where the ledger is. A
 * process that may not do that refuses to start. Throws `conflict`, and `corrupt` for a ledger that is not this one's.
 */
export async function heedLedger(store: Store, input: { mayFollow: boolean; log: Log }): Promise<void> {
  if (input.mayFollow) {
    const followed = await followLedger(store)
    if (followed > 0)
      input.log.warn({ followed }, 'this database was behind the ledger of deletions, and followed it')
    return
  }
  if (!(await isBehindLedger(store))) return
  throw new LoomError({
    kind: 'conflict',
    message:
      'This database is older than the ledger of deletions: a backup was restored. Run npm run loom -- desk replay, or start a process with DATABASE_URL first.',
    detail: 'behind the ledger',
    retryable: false,
  })
}
