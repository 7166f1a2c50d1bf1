import { setTimeout as pause } from 'node:timers/promises'
import type { Store, Tx } from '../../storage/database.ts'
import { acrossTenants, inTenant } from '../../storage/database.ts'

export interface PurgeDeps {
  /** Acts as `loom_purge`: sees what is over its time, and everything of the one account that it has entered. */
  store: Store
  /** Acts as `loom_app`: ends the jobs that must not outlive their rows. */
  front: Store
  /** Rows that go in one transaction; without it as many as go in about a tenth of a second. */
  rows?: number
  /** Ends the purge between two batches; the next one goes on where this one was. */
  signal?: AbortSignal
  /** Told of every point at which a kill leaves something half done; a test kills there. */
  at?: (point: string) => void
}

export const defaultRows = 1_000
const fewestRows = 200
const mostRows = 20_000
const turnMs = 100

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
  // Sent ahead of the first statement, without waiting for its answer in between.
  const patience = tx.sql`select set_config('lock_timeout', ${String(lockMs)}, true)`.execute()
  const [answer] = await Promise.all([work(tx), patience])
  return answer
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

/** The same in turns of so many rows as take about `turnMs`: each has its round trips, commit and rest to itself. */
export async function inBatches(
  { rows }: PurgeDeps,
  turn: (rows: number) => Promise<number>,
): Promise<number> {
  let next = rows ?? defaultRows
  return untilNone(async () => {
    const beganMs = performance.now()
    const count = await turn(next)
    if (rows === undefined) next = paced(next, performance.now() - beganMs)
    return count
  })
}

/** By no more than twice as many or half as many, since one turn may have been slow for another's sake. */
function paced(rows: number, tookMs: number): number {
  const fitting = (rows * turnMs) / tookMs
  const bound = Math.min(Math.max(fitting, rows / 2), rows * 2)
  return Math.round(Math.min(Math.max(bound, fewestRows), mostRows))
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
