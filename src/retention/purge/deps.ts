import { setTimeout as pause } from 'node:timers/promises'
import type { Store, Tx } from '../../storage/database.ts'
import { acrossTenants, inTenant } from '../../storage/database.ts'

export interface PurgeDeps {
  /** Acts as `loom_purge`: sees what is over its time, and everything of the one account that it has entered. */
  store: Store
  /** Acts as `loom_app`: ends the jobs that must not outlive their rows. */
  front: Store
  /** Rows that go in one transaction. */
  rows?: number
  /** Ends the purge between two batches; the next one goes on where this one was. */
  signal?: AbortSignal
  /** Told of every point at which a kill leaves something half done; a test kills there. */
  at?: (point: string) => void
}

export const defaultRows = 1_000

/** Nobody waits for the purge for longer than this, and it waits for nobody any longer. */
const lockMs = 2_000
/** What part of the time of its batches it rests between them. */
const restShare = 0.25

/** One short transaction over what is over its time, of all accounts. */
export function batch<T>(deps: PurgeDeps, work: (tx: Tx) => Promise<T>): Promise<T> {
  return bounded(deps, () => acrossTenants(deps.store, (tx) => patiently(tx, work)))
}

/** One short transaction over one account's rows. */
export function batchOf<T>(deps: PurgeDeps, tenantId: string, work: (tx: Tx) => Promise<T>): Promise<T> {
  return bounded(deps, () => inTenant(deps.store, tenantId, (tx) => patiently(tx, work)))
}

async function patiently<T>(tx: Tx, work: (tx: Tx) => Promise<T>): Promise<T> {
  await tx.sql`select set_config('lock_timeout', ${String(lockMs)}, true)`
  return work(tx)
}

async function bounded<T>({ signal }: PurgeDeps, run: () => Promise<T>): Promise<T> {
  signal?.throwIfAborted()
  const beganMs = performance.now()
  const answer = await run()
  const restMs = Math.ceil((performance.now() - beganMs) * restShare)
  if (restMs > 1) await pause(Math.min(restMs, 500))
  return answer
}

/** Runs until a turn finds nothing. Answers the sum. */
export async function untilNone(turn: () => Promise<number>): Promise<number> {
  let sum = 0
  for (;;) {
    const count = await turn()
    if (count === 0) return sum
    sum += count
  }
}

/** At most so many at once, in order of begin. */
export async function eachOf<T>(
  items: Iterable<T>,
  work: (item: T) => Promise<unknown>,
  atOnce = 8,
): Promise<void> {
  const left = items[Symbol.iterator]()
  const lane = async () => {
    for (let next = left.next(); !next.done; next = left.next()) await work(next.value)
  }
  await Promise.all(Array.from({ length: atOnce }, lane))
}
