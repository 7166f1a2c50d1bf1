import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'
import { LoomError } from '../../core/errors.ts'
import { homeClosed } from './faults.ts'

const sqliteBusy = 5

/**
 * Runs `work` while no other process (and no other caller in this one) runs work under the same home's lock.
 * Throws `conflict` when the lock is not free within `waitMs`. Not re-entrant. The lock file stays.
 *
 * Why SQLite: its exclusive lock is a kernel lock on the file (fcntl, or LockFileEx). The kernel frees it when its
 * holder dies in any way, so there is no stale lock to recognise and no race between two who both recognise one.
 */
export async function withHomeLock<T>(
  input: { home: string; waitMs: number },
  work: () => Promise<T>,
): Promise<T> {
  const file = openLockFile(input.home)
  try {
    const deadline = performance.now() + input.waitMs
    while (!tryLock(file)) {
      if (performance.now() > deadline) throw heldTooLong(input.home)
      await pause(10 + Math.random() * 30)
    }
    return await work()
  } finally {
    file.close()
  }
}

function openLockFile(home: string): DatabaseSync {
  const path = join(home, 'postgres.lock')
  try {
    const file = new DatabaseSync(path, { timeout: 0 })
    // By path: opening and closing the file ourselves would drop the locks that this process holds on it.
    chmodSync(path, 0o600)
    return file
  } catch (error) {
    throw homeClosed(home, `cannot open ${path}`, error)
  }
}

// Nothing is ever written: the file stays empty, and a journal in memory leaves nothing behind for a killed holder.
function tryLock(file: DatabaseSync): boolean {
  try {
    file.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
    return true
  } catch (error) {
    if (error instanceof Error && 'errcode' in error && error.errcode === sqliteBusy) return false
    throw error
  }
}

function heldTooLong(home: string): LoomError {
  return new LoomError({
    kind: 'conflict',
    message: `Another Loom has been starting or stopping the database under ${home} for too long: try again in a minute.`,
    detail: 'postgres.lock is held',
  })
}
